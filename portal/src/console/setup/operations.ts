import { graphql } from "~/api/graphql";
import { consoleFrame } from "~/console/frame";

export const SetupQuery = graphql(
  `
    query Setup {
      ...ConsoleFrame
      system {
        setupSteps {
          key
          title
          isDone
          href
          detail
        }
      }
    }
  `,
  [consoleFrame],
);
