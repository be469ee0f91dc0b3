import { graphql, type FragmentOf } from "~/api/graphql";

export const pulseLine = graphql(`
  fragment PulseLine on Pulse {
    id
    mood
    reason
    createdAt
    expiresOn
    disagreesWithScore
    recordedBy {
      id
      displayName
    }
  }
`);

/** The head of an account's pages: what it is, how it does, what it is worth, who looks after it. */
export const accountHead = graphql(
  `
    fragment AccountHead on Account {
      id
      name
      industry
      customerSince
      tier {
        key
        name
      }
      parent {
        id
        name
      }
      successManager {
        id
        displayName
      }
      internal {
        mrr {
          amountMinor
          currencyCode
        }
        seats
        renewsOn
        churnedOn
        churnReason
        lastTouchAt
        tags
        health {
          score
          band
          leavesBandAt
          category
          trend
          coverage
        }
        healthChange(from: $from, to: $to) {
          sentence
        }
        pulse {
          ...PulseLine
        }
        overrides(first: 1) {
          nodes {
            id
            signal
            reason
            isInForce
            endsAt
          }
        }
      }
    }
  `,
  [pulseLine],
);

export const child = graphql(`
  fragment Child on Account {
    id
    name
    internal {
      health {
        score
        band
      }
    }
  }
`);

export const factors = graphql(`
  fragment Factors on HealthScore {
    score
    factors {
      key
      name
      statement
      status
      normalised
      effectiveWeight
      contribution
    }
  }
`);

export const changeLines = graphql(`
  fragment ChangeLines on HealthChange {
    sentence
    lines {
      factorKey
      name
      cause
      delta
      sentence
    }
  }
`);

export const touchpointLine = graphql(`
  fragment TouchpointLine on Touchpoint {
    id
    kind
    occurredAt
    summary
    loggedBy {
      id
      displayName
    }
  }
`);

/** The latest, as the overview shows them. */
export const latestTouchpoints = graphql(
  `
    fragment LatestTouchpoints on AccountInternal {
      touchpoints(first: 5) {
        totalCount
        nodes {
          ...TouchpointLine
        }
      }
    }
  `,
  [touchpointLine],
);

export const noteLine = graphql(`
  fragment NoteLine on Note {
    id
    sentence
    body
    editedAt
    deletedAt
    writtenBy {
      id
      displayName
    }
  }
`);

export const timelineLine = graphql(`
  fragment TimelineLine on TimelineEntry {
    __typename
    id
    happenedAt
    sentence
    ... on Note {
      body
      editedAt
      writtenBy {
        id
        displayName
      }
    }
  }
`);

export const billingFacts = graphql(`
  fragment BillingFacts on AccountInternal {
    invoices(first: 24, after: $invoicesAfter) {
      pageInfo {
        hasNextPage
        endCursor
      }
      nodes {
        key
        issuedOn
        dueOn
        settledOn
        settledAs
        amount {
          amountMinor
          currencyCode
        }
      }
    }
    billingTimeline(first: 20, after: $factsAfter) {
      pageInfo {
        hasNextPage
        endCursor
      }
      nodes {
        kind
        occurredAt
        objectKey
        amount {
          amountMinor
          currencyCode
        }
      }
    }
  }
`);

export type AccountHeadData = FragmentOf<typeof accountHead>;
