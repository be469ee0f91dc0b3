// Sends operations with a client that others made, prints each result, and stops a subscription after so many.
// Usage: node subscribe.mjs CLIENT RESULTS OPERATION …  (several results only of a subscription, which comes last)
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { Client, fetchExchange, subscriptionExchange } from "@urql/core";
import { OperationTypeNode } from "graphql";
import { createClient as createEvents } from "graphql-sse";
import { createClient as createSocket } from "graphql-ws";
import WebSocket from "ws";

const [name, wanted, ...operations] = process.argv.slice(2);
const url = `${process.env.WAYMARK_URL}/graphql`;
const headers = { authorization: `Bearer ${process.env.WAYMARK_KEY}` };
const socket = () =>
  createSocket({ url: url.replace("http", "ws"), webSocketImpl: WebSocket, connectionParams: headers, retryAttempts: 0 });
const events = () => createEvents({ url, headers, retryAttempts: 0 });
const urql = (options) => new Client({ url, preferGetMethod: false, fetchOptions: { headers }, ...options });
const urqlOver = (client) =>
  subscriptionExchange({
    forwardSubscription: ({ query, variables }) => ({
      subscribe: (sink) => ({ unsubscribe: client.subscribe({ query, variables }, sink) }),
    }),
  });

/** Follows an operation of urql: calls `next` for each result until what it gives back is called. */
function askUrql(client, query, next) {
  const kind = query.split(" ")[0].replace("{", "query");
  return client[kind](query, {}).subscribe(({ data, error }) => next(error ? { errors: error.graphQLErrors } : { data }))
    .unsubscribe;
}

function askApollo(client, query, next) {
  const kind = query.split(" ")[0].replace("{", "query");
  if (kind === "subscription") {
    const following = client.subscribe({ query: gql(query) }).subscribe(({ data }) => next({ data }));
    return () => following.unsubscribe();
  }
  const asked = kind === "query" ? client.query({ query: gql(query) }) : client.mutate({ mutation: gql(query) });
  asked.then(({ data }) => next({ data }));
  return () => {};
}

/** How each client asks. */
const clients = {
  "graphql-ws": () => {
    const client = socket();
    return (query, next) => client.subscribe({ query }, { next, error: fail, complete: () => {} });
  },
  "graphql-sse": () => {
    const client = events();
    return (query, next) => client.subscribe({ query }, { next, error: fail, complete: () => {} });
  },
  "urql over events": () => {
    const client = urql({ exchanges: [fetchExchange], fetchSubscriptions: true });
    return (query, next) => askUrql(client, query, next);
  },
  "urql over sockets": () => {
    const client = urql({ exchanges: [urqlOver(socket()), fetchExchange] });
    return (query, next) => askUrql(client, query, next);
  },
  "apollo over sockets": () => {
    const link = ApolloLink.split(
      ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      new GraphQLWsLink(socket()),
      new HttpLink({ uri: url, headers }),
    );
    const client = new ApolloClient({ link, cache: new InMemoryCache() });
    return (query, next) => askApollo(client, query, next);
  },
};

function fail(error) {
  console.error(error);
  process.exit(1);
}

const ask = clients[name]();
for (const [place, query] of operations.entries()) {
  let left = place === operations.length - 1 ? Number(wanted) : 1;
  await new Promise((resolve) => {
    const stop = ask(query, ({ data, errors }) => {
      if (left === 0) return;
      console.log(JSON.stringify(errors ? { errors: errors.map(({ extensions }) => extensions.code) } : { data }));
      left -= 1;
      if (left === 0) setTimeout(() => resolve(stop()));
    });
  });
}
process.exit(0);
