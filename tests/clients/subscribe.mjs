// Subscribes with graphql-sse in its distinct mode, prints `open` once the stream is, each result, and the end.
import { createClient } from "graphql-sse";

const client = createClient({
  url: `${process.env.WAYMARK_URL}/graphql`,
  headers: { authorization: `Bearer ${process.env.WAYMARK_KEY}` },
  retryAttempts: 0,
});
const query = process.argv[2];
const wanted = Number(process.argv[3]);
let seen = 0;
const results = client.iterate({ query }, { connecting: () => console.log("connecting") });
for await (const result of results) {
  console.log(JSON.stringify(result));
  seen += 1;
  if (seen === wanted) break;
}
client.dispose();
