import { Client, CombinedError, fetchExchange, mapExchange, subscriptionExchange, type Exchange } from "@urql/core";
import { authExchange } from "@urql/exchange-auth";
import { cacheExchange } from "@urql/exchange-graphcache";
import { persistedExchange } from "@urql/exchange-persisted";
import { askAnew } from "~/api/anew";
import { ask, earlyAnswer } from "~/api/ask";
import { keys, updates } from "~/api/cache";
import { live } from "~/api/live";
import { isSignInNeeded, noteSignedIn, refresh, renewEarly, signInAgain } from "~/api/session";

/** The code of an error's first part, such as FORBIDDEN; UNREACHABLE when there was no answer. */
export const codeOf = (error: CombinedError): string => {
  if (error.networkError !== undefined && error.graphQLErrors.length === 0) return "UNREACHABLE";
  return String(error.graphQLErrors[0]?.extensions?.["code"] ?? "INTERNAL_SERVER_ERROR");
};

const isSignedOut = (error: CombinedError) => codeOf(error) === "UNAUTHENTICATED";

/** Every page asks for `viewer`; null says that nobody is signed in, which is an error where a page is concerned. */
const requireViewer = mapExchange({
  onResult: (result) => {
    if (result.data?.viewer === null) {
      const error = { message: "Not signed in.", extensions: { code: "UNAUTHENTICATED" } };
      return { ...result, data: undefined, error: new CombinedError({ graphQLErrors: [error] }) };
    }
    if (result.error === undefined && result.operation.kind !== "teardown") noteSignedIn(result.data?.viewer);
    return result;
  },
});

/** Renew the session when the API says that it is over; when it cannot be renewed, wait until somebody signs in. */
const session = authExchange(async () => {
  await renewEarly();
  return {
    addAuthToOperation: (operation) => operation,
    didAuthError: isSignedOut,
    willAuthError: isSignInNeeded,
    refreshAuth: async () => {
      if (isSignInNeeded() || !(await refresh())) await signInAgain();
    },
  };
});

const exchanges: Exchange[] = [
  askAnew,
  cacheExchange({ keys, updates }),
  session,
  requireViewer,
  // The cookie sends registered documents only, by their hash; the development server has none registered.
  ...(import.meta.env.DEV
    ? []
    : [
        persistedExchange({
          enforcePersistedQueries: true,
          enableForMutation: true,
          enableForSubscriptions: true,
          preferGetForPersistedQueries: false,
        }),
      ]),
  fetchExchange,
  subscriptionExchange({ forwardSubscription: live }),
];

/** The one client of a page. */
export const client = new Client({
  url: "/graphql",
  exchanges,
  requestPolicy: "cache-and-network",
  preferGetMethod: false,
  fetch: (input, init) => earlyAnswer(init?.body) ?? ask(input, init),
});
