import { graphql } from "~/api/graphql";
import { consoleFrame } from "~/console/frame";
import { notificationLine } from "~/inbox/NotificationLine";
import { preference } from "~/inbox/operations";

export const InboxQuery = graphql(
  `
    query Inbox($isRead: Boolean, $after: String) {
      ...ConsoleFrame
      viewer {
        notifications(first: 25, isRead: $isRead, after: $after) {
          pageInfo {
            hasNextPage
            endCursor
          }
          nodes {
            ...NotificationLine
            account {
              id
            }
            alert {
              id
              sentence
            }
            task {
              id
            }
          }
        }
      }
    }
  `,
  [consoleFrame, notificationLine],
);

export const StaffPreferencesQuery = graphql(
  `
    query StaffPreferences {
      ...ConsoleFrame
      viewer {
        profile {
          email
        }
        notificationPreferences {
          ...Preference
        }
      }
    }
  `,
  [consoleFrame, preference],
);
