import { graphql } from "~/api/graphql";

/** What the frame around every page of the console shows; each page's operation spreads it. */
export const consoleFrame = graphql(`
  fragment ConsoleFrame on Query {
    viewer {
      kind
      permissions
      personId
      unreadNotificationCount
      person {
        id
        displayName
        email
      }
      staff {
        id
        role
      }
    }
    organization {
      name
      isDemo
    }
  }
`);
