import { graphql } from "~/api/graphql";
import { consoleFrame } from "~/console/frame";
import { facet } from "~/console/portfolio/facets";

export const RenewalsQuery = graphql(
  `
    query Renewals($customers: AccountFilter, $due: AccountFilter, $first: Int!) {
      ...ConsoleFrame
      portfolio(filter: $customers) {
        byRenewalMonth {
          ...Facet
        }
      }
      accounts(filter: $due, orderBy: { field: RENEWS_ON, direction: ASC }, first: $first) {
        totalCount
        nodes {
          id
          name
          successManager {
            id
            displayName
          }
          subscriptions {
            renewsOn
            autoRenews
          }
          internal {
            renewsOn
            mrr {
              amountMinor
              currencyCode
            }
            health {
              score
              category
            }
          }
        }
      }
    }
  `,
  [consoleFrame, facet],
);
