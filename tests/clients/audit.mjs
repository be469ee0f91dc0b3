// The audits of GraphQL over HTTP that ship with graphql-http: `node audit.mjs URL`, the credential in CREDENTIAL.
// Prints one JSON object an audit: id, name, status ("ok", "warn", "notice" or "error") and the reason.
import { auditServer } from "graphql-http";

const [url] = process.argv.slice(2);
const signedIn = (address, options = {}) =>
  fetch(address, {
    ...options,
    headers: { ...options.headers, authorization: `Bearer ${process.env.CREDENTIAL}` },
  });

const results = await auditServer({ url, fetchFn: signedIn });
for (const { id, name, status, reason } of results) {
  console.log(JSON.stringify({ id, name, status, reason: reason ?? null }));
}
