// GraphiQL over this site's own API, on the token that is typed above it. The token is kept in this page alone.
"use strict";

const token = document.getElementById("token");
const FIRST = `# Paste a token or an API key above.
# Without one you are nobody.
{
  viewer { kind permissions }
}
`;

function isSubscription({ operationName }, { documentAST } = {}) {
  const operations = (documentAST?.definitions ?? []).filter((each) => each.kind === "OperationDefinition");
  const chosen = operations.find((each) => each.name?.value === operationName) ?? operations[0];
  return chosen?.operation === "subscription";
}

async function fetcher(request, options) {
  const controller = new AbortController();
  const isStream = isSubscription(request, options);
  const headers = { "content-type": "application/json", accept: isStream ? "text/event-stream" : "application/json" };
  if (token.value.trim()) headers.authorization = `Bearer ${token.value.trim()}`;
  const response = await fetch("/graphql", {
    method: "POST",
    headers,
    body: JSON.stringify(request),
    credentials: "omit", // who is asking is the token's alone, not a cookie's
    signal: controller.signal,
  });
  if (!response.headers.get("content-type")?.startsWith("text/event-stream")) return response.json();
  const stream = results(response, controller.signal);
  stream.return = async () => {
    controller.abort();
    return { done: true, value: undefined };
  };
  return stream;
}

/** The results of a subscription, as server-sent events have them. */
async function* results(response, signal) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const events = (text + value).split("\n\n");
      text = events.pop();
      for (const event of events) {
        const lines = event.split("\n");
        if (lines.includes("event: complete")) return;
        const data = lines.find((line) => line.startsWith("data: "));
        if (lines.includes("event: next") && data) yield JSON.parse(data.slice("data: ".length));
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

document.getElementById("who").addEventListener("submit", (event) => event.preventDefault());
ReactDOM.createRoot(document.getElementById("graphiql")).render(
  React.createElement(GraphiQL, {
    fetcher,
    defaultQuery: FIRST,
    isHeadersEditorEnabled: false,
    showPersistHeadersSettings: false,
  }),
);
