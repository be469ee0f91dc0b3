import { graphql } from "~/api/graphql";
import { userError } from "~/api/userError";
import { customerFrame } from "~/customer/frame/fragment";
import { notificationLine } from "~/inbox/NotificationLine";

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
          matter
          inApp
          mail
        }
      }
    }
  `,
  [customerFrame],
);

export const SetNotificationPreferences = graphql(
  `
    mutation SetNotificationPreferences($input: SetNotificationPreferencesInput!) {
      setNotificationPreferences(input: $input) {
        userErrors {
          ...UserErrorParts
        }
      }
    }
  `,
  [userError],
);
