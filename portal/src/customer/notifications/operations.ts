import { graphql } from "~/api/graphql";
import { customerFrame } from "~/customer/frame/fragment";
import { notificationLine } from "~/inbox/NotificationLine";
import { preference } from "~/inbox/operations";

export const NotificationsQuery = graphql(
  `
    query Notifications($isRead: Boolean, $after: String) {
      ...CustomerFrame
      viewer {
        notifications(first: 25, isRead: $isRead, after: $after) {
          pageInfo {
            hasNextPage
            endCursor
          }
          nodes {
            ...NotificationLine
          }
        }
      }
    }
  `,
  [customerFrame, notificationLine],
);

export const NotificationPreferencesQuery = graphql(
  `
    query NotificationPreferences {
      ...CustomerFrame
      viewer {
        notificationPreferences {
          ...Preference
        }
      }
    }
  `,
  [customerFrame, preference],
);
