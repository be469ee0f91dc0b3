import { graphql } from "~/api/graphql";
import { customerFrame } from "~/customer/frame/fragment";
import { limits } from "~/customer/home/Limits";
import { invoiceLine } from "~/customer/plan/Invoices";
import { subscriptionLine } from "~/customer/plan/Subscriptions";

export const PlanQuery = graphql(
  `
    query Plan($after: String) {
      ...CustomerFrame
      viewer {
        account {
          id
          customerSince
          tier {
            monthlyPrice {
              amountMinor
              currencyCode
            }
          }
          successManager {
            id
            displayName
          }
          limits {
            ...Limits
          }
          subscriptions {
            ...SubscriptionLine
          }
          invoices(first: 12, after: $after) {
            totalCount
            pageInfo {
              hasNextPage
              endCursor
            }
            nodes {
              ...InvoiceLine
            }
          }
        }
      }
    }
  `,
  [customerFrame, limits, subscriptionLine, invoiceLine],
);
