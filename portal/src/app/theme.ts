import { createTheme, type MantineColorsTuple } from "@mantine/core";
import { face } from "~/app/face";
import { shades } from "~/app/shades";

/** Waymark's green; each step keeps 4.5 : 1 against the text that Mantine puts on it. */
export const waymark: MantineColorsTuple = [
  "#e6f7f3",
  "#cdeee6",
  "#9bddcd",
  "#66cbb2",
  "#3bb99a",
  "#1fa385",
  "#10806a",
  "#0f705c",
  "#0b5848",
  "#074236",
];

export const theme = createTheme({
  colors: { waymark: face.accent === null ? waymark : shades(face.accent) },
  primaryColor: "waymark",
  primaryShade: { light: 7, dark: 6 },
  autoContrast: true,
  luminanceThreshold: 0.3,
  defaultRadius: "md",
  cursorType: "pointer",
  respectReducedMotion: true,
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Helvetica Neue', sans-serif",
  components: {
    // What moves sideways on a phone has to be reached by the keyboard, too.
    TableScrollContainer: { defaultProps: { scrollAreaProps: { viewportProps: { tabIndex: 0 } } } },
    // The head of a dialog is no second head of the page.
    ModalHeader: { defaultProps: { role: "presentation" } },
  },
  headings: { fontWeight: "650" },
});
