import { graphql, type ResultOf } from "~/api/graphql";

/** What the frame around every page of the customer's portal shows; each page's operation spreads it. */
export const customerFrame = graphql(`
  fragment CustomerFrame on Query {
    viewer {
      kind
      permissions
      personId
      unreadNotificationCount
      profile {
        displayName
        email
      }
      account {
        id
        name
        tier {
          key
          name
          healthVisibility
        }
      }
      accounts {
        accountId
        name
        isCurrent
      }
      impersonatedBy {
        staffId
        displayName
      }
    }
    organization {
      name
      isDemo
    }
  }
`);

export type CustomerFrameData = ResultOf<typeof customerFrame>;
