import { graphql } from "~/api/graphql";
import { userError } from "~/api/userError";

/** How much is new, asked for when something came or was read, and when the reader comes back to the tab. */
export const UnreadQuery = graphql(`
  query Unread {
    viewer {
      unreadNotificationCount
    }
  }
`);

/** What came, or was read on another device or in another tab. */
export const NotificationMoved = graphql(`
  subscription NotificationMoved {
    notificationChanged {
      id
      readAt
    }
  }
`);

export const MarkNotificationsRead = graphql(
  `
    mutation MarkNotificationsRead($input: MarkNotificationsReadInput!) {
      markNotificationsRead(input: $input) {
        notifications {
          id
          readAt
        }
        userErrors {
          ...UserErrorParts
        }
      }
    }
  `,
  [userError],
);

export const preference = graphql(`
  fragment Preference on NotificationPreference {
    matter
    inApp
    mail
  }
`);

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
