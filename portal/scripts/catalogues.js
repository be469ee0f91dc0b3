// Texts are parsed when the portal is built, so that browsers neither load a parser of ICU messages nor run it.
import compile from "icu-minify/compile";

const compiled = (value) =>
  typeof value === "string" ? compile(value) : Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, compiled(inner)]));

/** Vite's plugin for the catalogues of texts, and what `use-intl` needs to write what is parsed already. */
export const catalogues = {
  name: "catalogues",
  enforce: "pre",
  config: () => ({ resolve: { alias: { "use-intl/format-message": "use-intl/format-message/format-only" } } }),
  transform: {
    filter: { id: /\/messages\.[a-z]+\.json$/ },
    handler: (text) => ({ code: JSON.stringify(compiled(JSON.parse(text))), map: null }),
  },
};
