import { graphql } from "~/api/graphql";

/** What the frame around every page of the console shows of its reader, and what each of staff may ask. */
export const consoleViewer = graphql(`
  fragment ConsoleViewer on Query {
    viewer {
      kind
      permissions
      personId
      unreadNotificationCount
      profile {
        displayName
        email
      }
    }
  }
`);

/** What the frame around a page of the console shows; each page's operation spreads it, but for one's own settings. */
export const consoleFrame = graphql(
  `
    fragment ConsoleFrame on Query {
      ...ConsoleViewer
      viewer {
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
  `,
  [consoleViewer],
);
