// A page's first script asks the server what the page will show, and then imports the page: that takes one step more. The HTML
// names what the step leads to, so that browsers fetch it at once.

/** Everything that a chunk loads before it runs, itself included. */
const withImports = (chunk, bundle, seen = new Set()) => {
  if (chunk?.type !== "chunk" || seen.has(chunk)) return seen;
  for (const name of chunk.imports) withImports(bundle[name], bundle, seen);
  return seen.add(chunk);
};

/** The pages whose entry imports nothing later but the page itself. */
const PAGES = /\/(index|sign-in)\.html$/;

/** Vite's plugin for the pages whose entry imports the rest of the page. */
export const preloads = {
  name: "preloads",
  transformIndexHtml: {
    order: "post",
    handler: (html, { bundle, chunk, filename }) => {
      if (bundle === undefined || !PAGES.test(filename)) return html;
      const chunks = chunk.dynamicImports.flatMap((name) => [...withImports(bundle[name], bundle)]);
      const named = (href) => html.includes(`"${href}"`);
      const tag = (rel, name) => ({ tag: "link", injectTo: "head", attrs: { rel, crossorigin: true, href: `/${name}`, nonce: "__CSP_NONCE__" } });
      const scripts = [...new Set(chunks.map(({ fileName }) => fileName))].filter((name) => !named(`/${name}`));
      const styles = new Set(chunks.flatMap(({ viteMetadata }) => [...viteMetadata.importedCss]));
      // What all pages share comes first: what a page adds builds on it.
      const ordered = [...styles].sort((one, other) => Number(other.includes("/styles-")) - Number(one.includes("/styles-")));
      return [...scripts.map((name) => tag("modulepreload", name)), ...ordered.map((name) => tag("stylesheet", name))];
    },
  },
};
