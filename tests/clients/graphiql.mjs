// Runs the script of /graphiql as the server serves it, with what it needs of a page, and asks as GraphiQL does.
// Usage: node graphiql.mjs KEY OPERATION …  Prints each result; of a subscription two, after which it is stopped.
import { parse } from "graphql";
import { runInNewContext } from "node:vm";

const [key, ...operations] = process.argv.slice(2);
const url = process.env.WAYMARK_URL;
const elements = { token: { value: ` ${key} ` }, who: { addEventListener() {} }, graphiql: {} };
const sent = [];
let shown;
runInNewContext(await (await fetch(`${url}/graphiql/page.js`)).text(), {
  AbortController,
  TextDecoderStream,
  GraphiQL: "GraphiQL",
  React: { createElement: (component, properties) => ({ component, properties }) },
  ReactDOM: { createRoot: () => ({ render: (element) => (shown = element) }) },
  document: { getElementById: (id) => elements[id] },
  fetch: (path, options) => {
    sent.push(options);
    return fetch(`${url}${path}`, options);
  },
});

for (const query of operations) {
  const answer = await shown.properties.fetcher({ query }, { documentAST: parse(query) });
  if (answer[Symbol.asyncIterator] === undefined) {
    console.log(JSON.stringify({ data: answer.data, errors: answer.errors?.map(({ extensions }) => extensions.code) }));
    continue;
  }
  for (const place of [1, 2]) {
    console.log(JSON.stringify((await answer.next()).value));
    if (place === 2) {
      const waiting = answer.next();
      await answer.return();
      console.log(JSON.stringify(await waiting));
    }
  }
}
console.log(JSON.stringify([...new Set(sent.map(({ credentials }) => credentials))]));
process.exit(0);
