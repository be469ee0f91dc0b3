import type { SubscriptionForwarder } from "@urql/core";
import type { Client } from "graphql-ws";
import { refresh, signInAgain } from "~/api/session";
import { view } from "~/api/view";
import { atRest } from "~/app/idle";

const LONGEST_WAIT_MS = 30_000;
const CLOSES_AFTER_MS = 5_000;
/** The API closes a socket with this when its token has run out, or when somebody may not see any more. */
const FORBIDDEN = 4403;
let socket: Promise<Client> | undefined;
let rejoined: () => void = () => undefined;

/** Do something each time the socket is back after it was lost. */
export const onRejoined = (act: () => void) => {
  rejoined = act;
};

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
    // Spread out, so that all tabs of all people do not come back in the moment in which the API does.
    retryWait: async (retries) => {
      const most = Math.min(500 * 2 ** retries, LONGEST_WAIT_MS);
      await renewed;
      await new Promise((resolve) => setTimeout(resolve, (most * (1 + Math.random())) / 2));
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

/** Follow a subscription on the tab's socket. */
export const live: SubscriptionForwarder = (request) => ({
  subscribe: (sink) => {
    let isOver = false;
    let end = () => {
      isOver = true;
    };
    socket ??= open();
    void socket.then((client) => {
      if (isOver) return;
      end = client.subscribe(
        // A registered document travels as its hash alone.
        { ...request, query: request.query ?? "" },
        {
          next: (result) => sink.next(result as never),
          error: (error) => sink.error(error instanceof Error ? error : new Error("The connection was refused.")),
          complete: () => sink.complete(),
        },
      );
    });
    return { unsubscribe: () => end() };
  },
});
