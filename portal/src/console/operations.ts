import { graphql } from "~/api/graphql";
import { begins } from "~/console/accounts/view";
import { consoleFrame } from "~/console/frame";

/** Read from the cache alone: the page inside asks for it. */
export const ConsoleFrameQuery = graphql(
  `
    query ConsoleFrameQuery {
      ...ConsoleFrame
    }
  `,
  [consoleFrame],
);

/** Read from the cache alone: Today and the list ask for it. */
export const BeginsQuery = graphql(
  `
    query AccountsBegin {
      ...Begins
    }
  `,
  [begins],
);
