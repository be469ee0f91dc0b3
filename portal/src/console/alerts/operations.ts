import { graphql } from "~/api/graphql";
import { alertLine } from "~/console/alerts/AlertCard";
import { consoleFrame } from "~/console/frame";

export const AlertsQuery = graphql(
  `
    query Alerts($filter: AlertFilter, $first: Int!, $after: String, $whose: AccountFilter, $isAsking: Boolean!) {
      ...ConsoleFrame
      alerts(filter: $filter, first: $first, after: $after) {
        totalCount
        pageInfo {
          hasNextPage
          endCursor
        }
        nodes {
          ...AlertLine
        }
      }
      alertGroups(filter: $whose, first: 1) @include(if: $isAsking) {
        totalCount
      }
      alertRules {
        key
        name
        severity
        isRetired
        alertCount
        openCount
        judgedCount
        usefulShare
      }
    }
  `,
  [consoleFrame, alertLine],
);

export const AlertsMoved = graphql(
  `
    subscription AlertsMoved {
      alertChanged {
        ...AlertLine
      }
    }
  `,
  [alertLine],
);
