import { graphql, type FragmentOf } from "~/api/graphql";

/** An account in a list. What costs more is asked only where its column is shown. */
export const accountLine = graphql(`
  fragment AccountLine on Account {
    id
    name
    externalId
    industry
    customerSince
    tier {
      key
      name
    }
    successManager {
      id
      displayName
    }
    internal {
      health {
        score
        band
        category
        trend
      }
      mrr {
        amountMinor
        currencyCode
      }
      seats
      renewsOn
      churnedOn
      lastTouchAt
      tags
      traits
      change7: scoreChange(window: DAYS_7) @include(if: $hasChange7)
      why7: whyMoved(window: DAYS_7) @include(if: $hasWhy7)
      change30: scoreChange(window: DAYS_30) @include(if: $hasChange30)
      why30: whyMoved(window: DAYS_30) @include(if: $hasWhy30)
      pulse @include(if: $hasPulse) {
        mood
      }
    }
  }
`);

/** A page of a list of accounts. */
export const accountPage = graphql(
  `
    fragment AccountPage on AccountConnection {
      totalCount
      totalCountIsCapped
      pageInfo {
        hasNextPage
        hasPreviousPage
        startCursor
        endCursor
      }
      nodes {
        ...AccountLine
      }
    }
  `,
  [accountLine],
);

/** What a change of many has to know of each, so that it can be undone. */
export const chosenAccount = graphql(`
  fragment ChosenAccount on Account {
    id
    successManager {
      id
      displayName
    }
    internal {
      tags
    }
  }
`);

export type ChosenAccount = FragmentOf<typeof chosenAccount>;
export type AccountLine = FragmentOf<typeof accountLine>;
