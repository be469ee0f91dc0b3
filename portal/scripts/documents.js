// Every operation of the portal by its name: its text, as the client writes it, and the hash that the client sends for it.
import { formatDocument, stringifyDocument } from "@urql/core";
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createServer } from "vite";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const SOURCES = join(ROOT, "src");

/** The operations of all `operations.ts`. Throws where one has no name, or the name of another. */
export async function documents() {
  const vite = await createServer({
    root: ROOT,
    configFile: false,
    resolve: { alias: { "~": SOURCES } },
    server: { middlewareMode: true, hmr: false, watch: null },
    appType: "custom",
    logLevel: "error",
    optimizeDeps: { noDiscovery: true },
  });
  const found = new Map();
  for (const file of readdirSync(SOURCES, { recursive: true }).filter((name) => /(^|\/)operations\.ts$/.test(name))) {
    for (const document of Object.values(await vite.ssrLoadModule(join(SOURCES, file)))) {
      const operation = document?.definitions?.find(({ kind }) => kind === "OperationDefinition");
      if (operation === undefined) continue;
      const name = operation.name?.value;
      if (name === undefined || found.has(name)) {
        throw new Error(`${file}: name each operation, by a name that no other has (${name ?? "one has none"}).`);
      }
      const text = stringifyDocument(formatDocument(document));
      found.set(name, { text, hash: createHash("sha256").update(text).digest("hex") });
    }
  }
  await vite.close();
  return found;
}

const MODULE = "virtual:documents";

/** Vite's plugin for the hashes of what a page asks before its client has come. */
export const earlyDocuments = {
  name: "early-documents",
  resolveId: (id) => (id === MODULE ? `\0${MODULE}` : undefined),
  load: {
    filter: { id: /^\0virtual:documents$/ },
    handler: async () => `export const HOME = ${JSON.stringify((await documents()).get("Home").hash)};`,
  },
};
