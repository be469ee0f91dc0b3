import { makeOperation, type Exchange, type Operation } from "@urql/core";
import { pipe, subscribe, tap } from "wonka";
import { onRejoined } from "~/api/live";
import { ResyncSubscription } from "~/api/operations";

/** All tabs of all people hear of a gap at once; within so long each asks. */
const SPREAD_MS = 3_000;

/**
 * Asks anew for what is on the screen where changes may not have been told: each time the socket is back after it was lost,
 * and when the API says that it missed some. Also what came to nothing: a change that was made while a page was asked for
 * can forget a part of its answer before that has come, and the cache then gives the page neither data nor an error.
 */
export const askAnew: Exchange = ({ client, forward }) => {
  const shown = new Map<number, Operation>();
  const emptied = new Set<number>();
  let due: number | undefined;
  let isFollowing = false;

  const askNow = (operation: Operation) =>
    client.reexecuteOperation(makeOperation("query", operation, { ...operation.context, requestPolicy: "network-only" }));
  const again = (withinMs: number) => {
    due ??= window.setTimeout(() => {
      due = undefined;
      for (const operation of shown.values()) askNow(operation);
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
        if (operation.kind === "teardown") {
          shown.delete(operation.key);
          emptied.delete(operation.key);
        } else if (operation.kind === "query" && operation.context.requestPolicy !== "cache-only") shown.set(operation.key, operation);
        else if (operation.kind === "subscription" && !isFollowing) {
          isFollowing = true;
          // After the operation that is just on its way.
          queueMicrotask(follow);
        }
      }),
      forward,
      tap(({ operation, data, error, stale }) => {
        if (!shown.has(operation.key)) return;
        if (data != null || error !== undefined) emptied.delete(operation.key);
        else if (!stale && !emptied.has(operation.key)) {
          emptied.add(operation.key); // once: what comes to nothing again is not for lack of asking
          queueMicrotask(() => askNow(operation));
        }
      }),
    );
};
