import { graphql } from "~/api/graphql";
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
