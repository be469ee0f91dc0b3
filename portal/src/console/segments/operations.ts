import { graphql } from "~/api/graphql";
import { savedView } from "~/console/accounts/view";
import { consoleFrame } from "~/console/frame";

export const SegmentsQuery = graphql(
  `
    query Segments($mine: AccountFilter, $atRisk: AccountFilter, $renewing: AccountFilter, $after: String) {
      ...ConsoleFrame
      all: accounts(first: 1) {
        totalCount
        totalCountIsCapped
      }
      mine: accounts(filter: $mine, first: 1) {
        totalCount
        totalCountIsCapped
      }
      atRisk: accounts(filter: $atRisk, first: 1) {
        totalCount
        totalCountIsCapped
      }
      renewing: accounts(filter: $renewing, first: 1) {
        totalCount
        totalCountIsCapped
      }
      savedViews(first: 20, after: $after) {
        totalCount
        pageInfo {
          hasNextPage
          endCursor
        }
        nodes {
          ...SavedViewLine
          accounts(first: 1) {
            totalCount
            totalCountIsCapped
          }
        }
      }
    }
  `,
  [consoleFrame, savedView],
);
