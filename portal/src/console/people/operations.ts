import { graphql } from "~/api/graphql";
import { consoleFrame } from "~/console/frame";

const membershipPage = graphql(`
  fragment MembershipPage on MemberConnection {
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
`);

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
            ...MembershipPage
          }
        }
      }
    }
  `,
  [consoleFrame, membershipPage],
);

export const AllMemberships = graphql(
  `
    query AllMemberships($id: ID!) {
      node(id: $id) {
        ... on Person {
          id
          memberships(first: 100) {
            ...MembershipPage
          }
        }
      }
    }
  `,
  [membershipPage],
);
