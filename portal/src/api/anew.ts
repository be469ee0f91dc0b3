import { makeOperation, type Exchange, type Operation } from "@urql/core";
import { pipe, tap } from "wonka";
import { onRejoined } from "~/api/live";

/** Asks anew for what is on the screen each time the socket is back after it was lost: what changed meanwhile was not told. */
export const askAnew: Exchange = ({ client, forward }) => {
  const shown = new Map<number, Operation>();
  onRejoined(() => {
    for (const operation of shown.values()) {
      client.reexecuteOperation(makeOperation("query", operation, { ...operation.context, requestPolicy: "network-only" }));
    }
  });
  return (operations) =>
    pipe(
      operations,
      tap((operation) => {
        if (operation.kind === "teardown") shown.delete(operation.key);
        else if (operation.kind === "query" && operation.context.requestPolicy !== "cache-only") shown.set(operation.key, operation);
      }),
      forward,
    );
};
