import { MantineProvider } from "@mantine/core";
import { StrictMode, startTransition, type ReactNode } from "react";
import { createRoot, type Root } from "react-dom/client";
import type { Messages } from "use-intl";
import { Crash } from "~/app/Crash";
import { Intl } from "~/app/intl";
import { theme } from "~/app/theme";
import { Worded } from "~/app/Worded";

/** What this build needs of the styles' nonce: the server puts a new one into each page. */
const nonce = () => document.querySelector<HTMLMetaElement>("meta[property=csp-nonce]")?.nonce ?? "";

const RELOADED_AT = "waymark.reloadedAt";
/** A part that is gone from the new build too is shown as a failure, instead of loading the page for ever. */
const LEAST_MS_BETWEEN_RELOADS = 30_000;

let root: Root | undefined;

/** What the page's markup holds becomes the place of everything that is shown; once a page. */
const makeRoot = () => {
  const place = document.getElementById("root");
  if (place === null) throw new Error("The page has no place to put Waymark.");
  // An open tab finds a part of its build gone once that is older than the server keeps it: the new build is a reload away.
  window.addEventListener("vite:preloadError", () => {
    const last = Number(sessionStorage.getItem(RELOADED_AT) ?? 0);
    sessionStorage.setItem(RELOADED_AT, String(Date.now()));
    if (Date.now() - last > LEAST_MS_BETWEEN_RELOADS) window.location.reload();
  });
  // What keeps the page behind a dialog from scrolling is a style of another library, which takes its nonce from here.
  Object.assign(globalThis, { __webpack_nonce__: nonce() });
  return createRoot(place);
};

/** Show this on the page, worded by these catalogues, in place of what was shown before. */
export function mount(messages: Partial<Messages>, content: ReactNode) {
  const shown = (root ??= makeRoot());
  const page = (
    <StrictMode>
      <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={nonce}>
        <Intl messages={messages}>
          <Worded>
            <Crash>{content}</Crash>
          </Worded>
        </Intl>
      </MantineProvider>
    </StrictMode>
  );
  // In pieces, between which the browser answers to the reader: on a slow phone the first picture of a page takes long.
  startTransition(() => shown.render(page));
}
