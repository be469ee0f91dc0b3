// Compares two schemas with @graphql-inspector. Prints one JSON line a change that breaks clients.
// Usage: node compare.mjs RELEASED.graphql SCHEMA.graphql, with paths whose break is meant in DECLARED, comma-separated
import { CriticalityLevel, diff } from "@graphql-inspector/core";
import { buildSchema } from "graphql";
import { readFileSync } from "node:fs";

const [released, current] = process.argv.slice(2, 4).map((path) => buildSchema(readFileSync(path, "utf8")));
const declared = (process.env.DECLARED ?? "").split(",");
for (const { criticality, message, path } of await diff(released, current)) {
  if (criticality.level === CriticalityLevel.Breaking && !declared.includes(path))
     console.log(JSON.stringify({ path, message }));
}
