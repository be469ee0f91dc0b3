/**
 * What the browser knows of the reader. It answers such questions slowly at first, so that the first script of a page asks
 * them, while the rest of the page comes.
 */
export const timeZone = new Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Where Mantine keeps the appearance that was chosen in this browser. */
const KEPT_AS = "mantine-color-scheme-value";

const chosen = () => {
  try {
    return localStorage.getItem(KEPT_AS);
  } catch {
    return null; // a browser that keeps nothing
  }
};

/** Take the appearance that was chosen here, before anything is drawn in that of the device. */
export const appear = () => {
  const scheme = chosen();
  if (scheme === "light" || scheme === "dark") document.documentElement.dataset["mantineColorScheme"] = scheme;
};
