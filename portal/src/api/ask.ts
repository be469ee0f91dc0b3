import { viewHeaders } from "~/api/view";

const LONGEST_MS = 20_000;

/** Send a request to the API, in the name of whom this tab shows. */
export const ask = (input: RequestInfo | URL, init?: RequestInit) =>
  fetch(input, {
    ...init,
    headers: { ...(init?.headers as Record<string, string> | undefined), ...viewHeaders() },
    signal: AbortSignal.any([...(init?.signal ? [init.signal] : []), AbortSignal.timeout(LONGEST_MS)]),
  });

let early: { body: string; answer: Promise<Response> } | undefined;

/** Ask what the first page will ask, while its code is on its way. The hash is of a registered document. */
export const askEarly = (operationName: string, sha256Hash: string, variables: Record<string, string>, first: Promise<unknown>) => {
  // Written as the client writes it, which takes the answer for its own by this.
  const body = JSON.stringify({ extensions: { persistedQuery: { sha256Hash, version: 1 } }, operationName, variables });
  const headers = { accept: "application/graphql-response+json, application/json", "content-type": "application/json" };
  const answer = first.then(() => ask("/graphql", { method: "POST", headers, body }));
  answer.catch(() => undefined); // whoever takes it is told
  early = { body, answer };
};

/** The answer to what was asked early, once, where it is this. */
export const earlyAnswer = (body: unknown): Promise<Response> | undefined => {
  if (early === undefined || early.body !== body) return undefined;
  const { answer } = early;
  early = undefined;
  return answer;
};
