import { graphql } from "~/api/graphql";
import {
  accountHead,
  billingFacts,
  changeLines,
  child,
  factors,
  latestTouchpoints,
  timelineLine,
} from "~/console/account/fragments";
import { alertLine } from "~/console/alerts/AlertCard";
import { consoleFrame } from "~/console/frame";
import { taskLine } from "~/console/tasks/TaskList";

export const AccountOverview = graphql(
  `
    query AccountOverview($id: ID!, $from: Date!, $to: Date!) {
      ...ConsoleFrame
      account(id: $id) {
        ...AccountHead
        children(first: 20) {
          totalCount
          nodes {
            ...Child
          }
        }
        internal {
          health {
            ...Factors
          }
          healthChange(from: $from, to: $to) {
            ...ChangeLines
          }
          ...LatestTouchpoints
          tasks(filter: { state: [OPEN] }, first: 20) {
            totalCount
            nodes {
              ...TaskLine
            }
          }
        }
      }
      alerts(filter: { accountId: $id, isOpen: true }, first: 5) {
        totalCount
        nodes {
          ...AlertLine
        }
      }
    }
  `,
  [consoleFrame, accountHead, child, factors, changeLines, latestTouchpoints, taskLine, alertLine],
);

export const AccountHealth = graphql(
  `
    query AccountHealth($id: ID!, $from: Date!, $to: Date!, $asOf: Date!, $since: Date!, $today: Date!) {
      ...ConsoleFrame
      account(id: $id) {
        ...AccountHead
        internal {
          healthHistory(from: $since, to: $today) {
            on
            score
            band
          }
          health {
            cuts {
              redBelow
              greenAbove
            }
          }
          asOf: health(asOf: $asOf) {
            asOf
            score
            band
            category
            ...Factors
          }
          healthChange(from: $from, to: $to) {
            ...ChangeLines
          }
        }
      }
    }
  `,
  [consoleFrame, accountHead, factors, changeLines],
);

export const AccountTimeline = graphql(
  `
    query AccountTimeline($id: ID!, $from: Date!, $to: Date!, $kinds: [TimelineKind!], $first: Int!, $after: String) {
      ...ConsoleFrame
      account(id: $id) {
        ...AccountHead
        internal {
          timeline(kinds: $kinds, first: $first, after: $after) {
            pageInfo {
              hasNextPage
              endCursor
            }
            nodes {
              ...TimelineLine
            }
          }
        }
      }
    }
  `,
  [consoleFrame, accountHead, timelineLine],
);

export const AccountPeople = graphql(
  `
    query AccountPeople($id: ID!, $from: Date!, $to: Date!, $after: String, $first: Int!) {
      ...ConsoleFrame
      account(id: $id) {
        ...AccountHead
        members(first: $first, after: $after) {
          totalCount
          pageInfo {
            hasNextPage
            endCursor
          }
          nodes {
            id
            role
            state
            title
            isChampion
            joinedOn
            leftOn
            lastSeenAt
            person {
              id
              displayName
              email
            }
          }
        }
      }
    }
  `,
  [consoleFrame, accountHead],
);

export const AccountUsage = graphql(
  `
    query AccountUsage($id: ID!, $from: Date!, $to: Date!, $since: Date!) {
      ...ConsoleFrame
      account(id: $id) {
        ...AccountHead
        usageByMetric(from: $since, to: $to) {
          key
          total
          metric {
            key
            name
            unit
          }
          points {
            on
            value
          }
          limit {
            used
            included
            share
            projectedReachedOn
          }
        }
      }
    }
  `,
  [consoleFrame, accountHead],
);

export const AccountBilling = graphql(
  `
    query AccountBilling($id: ID!, $from: Date!, $to: Date!, $invoicesAfter: String, $factsAfter: String) {
      ...ConsoleFrame
      account(id: $id) {
        ...AccountHead
        subscriptions {
          planKey
          isAddOn
          status
          seats
          startsOn
          endsOn
          renewsOn
          autoRenews
          mrr {
            amountMinor
            currencyCode
          }
        }
        internal {
          ...BillingFacts
        }
      }
    }
  `,
  [consoleFrame, accountHead, billingFacts],
);

export const AccountMoved = graphql(
  `
    subscription AccountMoved($id: ID!, $from: Date!, $to: Date!) {
      healthChanged(accountIds: [$id]) {
        ...AccountHead
        internal {
          health {
            ...Factors
          }
          healthChange(from: $from, to: $to) {
            ...ChangeLines
          }
        }
      }
    }
  `,
  [accountHead, factors, changeLines],
);

export const AccountAlertMoved = graphql(
  `
    subscription AccountAlertMoved($id: ID!) {
      alertChanged(accountIds: [$id]) {
        ...AlertLine
      }
    }
  `,
  [alertLine],
);

export const AccountTaskMoved = graphql(
  `
    subscription AccountTaskMoved($id: ID!) {
      taskChanged(accountIds: [$id]) {
        ...TaskLine
      }
    }
  `,
  [taskLine],
);
