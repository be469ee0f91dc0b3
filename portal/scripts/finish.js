// After `vite build`: dist/documents.json, every operation of the portal by its hash, and compressed copies of the assets.
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { documents } from "./documents.js";

const DIST = fileURLToPath(new URL("../dist/", import.meta.url));
const COMPRESSED = /\.(js|css|svg|json|html|txt)$/;

const texts = Object.fromEntries([...(await documents()).values()].map(({ text, hash }) => [hash, text]));
writeFileSync(join(DIST, "documents.json"), JSON.stringify(texts, null, 1));

// Which parts the pages wait for: one more module that two of them share can move a part to where it is a burden.
const PARTS = { "index.html": ["react", "start", "app", "home"], "sign-in.html": ["react", "start"], "console.html": ["react", "start", "app"] };
for (const [page, allowed] of Object.entries(PARTS)) {
  const named = [...readFileSync(join(DIST, page), "utf8").matchAll(/assets\/(react|start|app|home)-[^"]*\.js"/g)].map(([, name]) => name);
  const found = ["react", "start", "app", "home"].filter((name) => named.includes(name));
  if (found.join() !== allowed.join()) {
    throw new Error(`${page} loads ${found}, not ${allowed}: see codeSplitting in vite.config.ts.`);
  }
}

const folder = join(DIST, "assets");
for (const name of readdirSync(folder).filter((each) => COMPRESSED.test(each))) {
  const path = join(folder, name);
  if (existsSync(`${path}.br`)) continue;
  const content = readFileSync(path);
  writeFileSync(`${path}.br`, brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
  writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
}
console.log(`${Object.keys(texts).length} documents`);
