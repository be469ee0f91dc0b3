import { lazy, Suspense, type ComponentType } from "react";
import { Provider } from "urql";
import type { Messages } from "use-intl";
import { Router } from "wouter";
import { client } from "~/api/client";
import { arrive } from "~/api/session";
import { mount } from "~/app/mount";
import { atRest } from "~/app/idle";

/** `base`: where the addresses of this face begin. */
type Options = { messages: Partial<Messages>; base: string; Face: ComponentType };

/** Notices that were shown before it comes wait for it. */
const Notices = lazy(() => atRest().then(() => import("~/app/Notices")).then((module) => ({ default: module.Notices })));

/** Put one face of Waymark on the page. */
export function start({ messages, base, Face }: Options) {
  arrive();
  mount(
    messages,
    <>
      <Suspense>
        <Notices position="bottom-right" />
      </Suspense>
      <Provider value={client}>
        <Router base={base}>
          <Face />
        </Router>
      </Provider>
    </>,
  );
}
