import { graphql } from "~/api/graphql";
import { consoleFrame } from "~/console/frame";
import { notificationLine } from "~/inbox/NotificationLine";

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
