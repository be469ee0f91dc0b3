import type { SubscriptionForwarder } from "@urql/core";
import type { Client } from "graphql-ws";
import { refresh, signInAgain } from "~/api/session";
import { view } from "~/api/view";
import { atRest } from "~/app/idle";

const LONGEST_WAIT_MS = 30_000;
const CLOSES_AFTER_MS = 5_000;
/** The API closes a socket with this when its token has run out, or when somebody may not see any more. */
const FORBIDDEN = 4403;
/** What ends a subscription that may well hold the next time; a stream that its server closes ends without a code. */
const PASSING = ["INTERNAL_SERVER_ERROR", "RESYNC", "THROTTLED", "TIMEOUT"];
let socket: Promise<Client> | undefined;
let rejoined: () => void = () => undefined;

/** Do something each time changes are told again after some may not have been. */
export const onRejoined = (act: () => void) => {
  rejoined = act;
};

/** Between that long and half of it, so that all tabs of all people do not come back in the same moment. */
const spread = (mostMs: number) => (mostMs * (1 + Math.random())) / 2;

/** Renew the session; where that fails for want of a connection, the socket's own retries go on. */
const renew = () => refresh().then(
  (isRenewed) => (isRenewed ? undefined : signInAgain()),
  () => undefined,
);

/** One socket a tab for all subscriptions; its code is loaded when the first is made, after the page stands. */
const open = async (): Promise<Client> => {
  await atRest();
  const { createClient } = await import("graphql-ws");
  let renewed: Promise<unknown> = Promise.resolve();
  return createClient({
    url: `${window.location.origin.replace(/^http/, "ws")}/graphql`,
    connectionParams: () => ({ ...(view() === null ? {} : { waymarkView: view() }) }),
    // From one page to the next, the socket stays open.
    lazyCloseTimeout: CLOSES_AFTER_MS,
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: () => true,
    retryWait: async (retries) => {
      const most = Math.min(500 * 2 ** retries, LONGEST_WAIT_MS);
      await renewed;
      await new Promise((resolve) => setTimeout(resolve, spread(most)));
    },
    on: {
      connected: (_socket, _payload, wasRetry) => {
        if (wasRetry) rejoined();
      },
      closed: (event) => {
        if ((event as CloseEvent).code === FORBIDDEN) renewed = renew();
      },
    },
  });
};

const codesOf = (errors: unknown): unknown[] =>
  Array.isArray(errors) ? errors.map((each: { extensions?: { code?: unknown } } | null) => each?.extensions?.code) : [];

/** Follow a subscription on the tab's socket; anew, and seeing what changed meanwhile, where the API ended it for now. */
export const live: SubscriptionForwarder = (request) => ({
  subscribe: (sink) => {
    let isOver = false;
    let end: () => void = () => undefined;
    let endings = 0;

    const follow = (client: Client) => {
      let codes: unknown[] = [];
      const ended = () => {
        if (isOver) return;
        if (!codes.every((code) => PASSING.includes(String(code)))) return sink.complete();
        endings += 1;
        setTimeout(() => {
          if (isOver) return;
          follow(client);
          rejoined();
        }, spread(Math.min(1000 * 2 ** endings, LONGEST_WAIT_MS)));
      };
      end = client.subscribe(
        // A registered document travels as its hash alone.
        { ...request, query: request.query ?? "" },
        {
          next: (result) => {
            codes = codesOf(result.errors);
            if (codes.length > 0) return;
            endings = 0;
            sink.next(result as never);
          },
          error: (errors) => {
            codes = codesOf(errors);
            if (codes.length === 0) sink.error(errors instanceof Error ? errors : new Error("The connection was refused."));
            else ended();
          },
          complete: ended,
        },
      );
    };

    socket ??= open();
    void socket.then((client) => {
      if (!isOver) follow(client);
    });
    return {
      unsubscribe: () => {
        isOver = true;
        end();
      },
    };
  },
});
