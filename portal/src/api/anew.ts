import { makeOperation, type Exchange, type Operation } from "@urql/core";
import { pipe, subscribe, tap } from "wonka";
import { onRejoined } from "~/api/live";
import { ResyncSubscription } from "~/api/operations";

/** All tabs of all people hear of a gap at once; within so long each asks. */
const SPREAD_MS = 3_000;

/**
 * Asks anew for what is on the screen where changes may not have been told: each time the socket is back after it was lost,
 * and when the API says that it missed some.
 */
export const askAnew: Exchange = ({ client, forward }) => {
  const shown = new Map<number, Operation>();
  let due: number | undefined;
  let isFollowing = false;

  const again = (withinMs: number) => {
    due ??= window.setTimeout(() => {
      due = undefined;
      for (const operation of shown.values()) {
        client.reexecuteOperation(makeOperation("query", operation, { ...operation.context, requestPolicy: "network-only" }));
      }
    }, Math.random() * withinMs);
  };
  onRejoined(() => again(0));
  const follow = () =>
    pipe(
      client.subscription(ResyncSubscription, {}),
      subscribe(({ data }) => {
        if (data) again(SPREAD_MS);
      }),
    );

  return (operations) =>
    pipe(
      operations,
      tap((operation) => {
        if (operation.kind === "teardown") shown.delete(operation.key);
        else if (operation.kind === "query" && operation.context.requestPolicy !== "cache-only") shown.set(operation.key, operation);
        else if (operation.kind === "subscription" && !isFollowing) {
          isFollowing = true;
          // After the operation that is just on its way.
          queueMicrotask(follow);
        }
      }),
      forward,
    );
};
