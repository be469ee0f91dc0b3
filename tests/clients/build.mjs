// Makes a program of the guide runnable: relay-compiler where it has documents of Relay, Relay's Babel plugin, esbuild.
// Usage: node build.mjs FOLDER NAME SCHEMA  (FOLDER has NAME.ts or NAME.tsx; leaves NAME.mjs beside it)
import babel from "@babel/core";
import { build } from "esbuild";
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const [folder, name, schema] = process.argv.slice(2);
const source = [".tsx", ".ts"].map((ending) => join(folder, name + ending)).find(existsSync);
const config = join(folder, "relay.config.json");
if (readFileSync(source, "utf8").includes("relay-runtime")) {
  copyFileSync(schema, join(folder, "schema.graphql")); // relay-compiler reads nothing outside its folder
  const settings = { src: ".", language: "typescript", schema: "schema.graphql", eagerEsModules: true };
  writeFileSync(config, JSON.stringify({ ...settings, noFutureProofEnums: true }));
  execFileSync(createRequire(import.meta.url)("relay-compiler"), ["relay.config.json"], {
    cwd: folder,
    stdio: ["ignore", "ignore", "inherit"],
  });
}
const relay = {
  name: "relay",
  setup: ({ onLoad }) =>
    onLoad({ filter: new RegExp(`${name}\\.ts$`) }, async ({ path }) => {
      const made = await babel.transformAsync(readFileSync(path, "utf8"), {
        filename: path,
        presets: ["@babel/preset-typescript"],
        plugins: [["relay", { eagerEsModules: true }]],
        configFile: false,
      });
      return { contents: made.code, loader: "js" };
    }),
};
await build({
  entryPoints: [source],
  outfile: join(folder, `${name}.mjs`),
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  jsx: "automatic",
  logLevel: "warning",
  plugins: [relay],
  banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
});
