// Shows a bundled React component in a document of jsdom, and prints its text each time it changes.
// Usage: node component.mjs FILE  (FILE exports LiveScore; WAYMARK_URL is the page's own origin)
import { JSDOM } from "jsdom";
import { pathToFileURL } from "node:url";

const { window } = new JSDOM("<main></main>", { url: process.env.WAYMARK_URL });
const overNetwork = globalThis.fetch;
for (const [name, value] of Object.entries({ window, document: window.document, navigator: window.navigator })) {
  Object.defineProperty(globalThis, name, { value, configurable: true });
}
globalThis.fetch = (address, options) => overNetwork(new URL(address, window.location.href), options);
const { show } = await import(pathToFileURL(process.argv[2]));
const main = window.document.querySelector("main");
new window.MutationObserver(() => console.log(main.textContent)).observe(main, {
  childList: true,
  characterData: true,
  subtree: true,
});
show(main);
