// Lints a schema with @graphql-eslint's recommended and Relay rules. Prints one JSON line a finding.
// Usage: node lint.mjs SCHEMA.graphql
import { ESLint } from "eslint";
import graphql from "@graphql-eslint/eslint-plugin";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

const path = resolve(process.argv[2]);
const text = readFileSync(path, "utf8");
const eslint = new ESLint({
  cwd: process.cwd(),
  overrideConfigFile: true,
  overrideConfig: [
    {
      files: ["**/*.graphql"],
      languageOptions: { parser: graphql.parser, parserOptions: { graphQLConfig: { schema: path } } },
      plugins: { "@graphql-eslint": graphql },
      rules: {
        ...graphql.configs["flat/schema-recommended"].rules,
        ...graphql.configs["flat/schema-relay"].rules,
        // Objects that are values (a score's factor, an amount of money) have no identity, and say so by having no id.
        "@graphql-eslint/strict-id-in-types": "off",
        // What is short by nature (a score's factors) is a plain list; connections are for what can grow.
        "@graphql-eslint/relay-edge-types": ["error", { listTypeCanWrapOnlyEdgeType: false, shouldImplementNode: false }],
      },
    },
  ],
});
for (const result of await eslint.lintText(text, { filePath: "schema.graphql" })) {
  for (const { ruleId, line, message } of result.messages) console.log(JSON.stringify({ ruleId, line, message }));
}
