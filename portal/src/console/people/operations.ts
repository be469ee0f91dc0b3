import { graphql } from "~/api/graphql";
import { consoleFrame } from "~/console/frame";

export const PeopleList = graphql(
  `
    query PeopleList($text: String, $after: String) {
      ...ConsoleFrame
      people(text: $text, isStaff: false, first: 50, after: $after) {
        totalCount
        totalCountIsCapped
        pageInfo {
          hasNextPage
          endCursor
        }
        nodes {
          id
          displayName
          email
          memberships(first: 5) {
            totalCount
            nodes {
              id
              role
              state
              title
              isChampion
              lastSeenAt
              account {
                id
                name
              }
            }
          }
        }
      }
    }
  `,
  [consoleFrame],
);
