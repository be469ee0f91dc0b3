import { graphql } from "~/api/graphql";
import { userError } from "~/api/userError";
import { consoleFrame } from "~/console/frame";

export const SystemWork = graphql(
  `
    query SystemWork($state: WorkState, $kind: String, $first: Int!, $after: String) {
      ...ConsoleFrame
      system {
        work(state: $state, kind: $kind, first: $first, after: $after) {
          totalCount
          totalCountIsCapped
          pageInfo {
            hasNextPage
            endCursor
          }
          nodes {
            id
            kind
            state
            queue
            attempts
            runAt
            lastError
            createdAt
            finishedAt
            parkedAt
          }
        }
      }
    }
  `,
  [consoleFrame],
);

export const RerunWorkItem = graphql(`
  mutation RerunWorkItem($input: RerunWorkItemInput!) {
    rerunWorkItem(input: $input) {
      workItem {
        id
        state
        attempts
        runAt
        parkedAt
      }
      userErrors {
        ...UserErrorParts
      }
    }
  }
`, [userError]);

export const SystemIngestion = graphql(
  `
    query SystemIngestion($code: RejectCode, $sourceId: ID, $isWaiting: Boolean!, $first: Int!, $after: String) {
      ...ConsoleFrame
      sources {
        id
        key
        name
      }
      system {
        ingestion {
          receivedPerMinute
          lagSeconds
          unresolvedEvents
          unresolved(first: $first, after: $after) @include(if: $isWaiting) {
            totalCount
            totalCountIsCapped
            pageInfo {
              hasNextPage
              endCursor
            }
            nodes {
              id
              name
              accountExternalId
              messageId
              occurredAt
              receivedAt
              source {
                id
                name
              }
            }
          }
          rejects(code: $code, sourceId: $sourceId, first: $first, after: $after) @skip(if: $isWaiting) {
            totalCount
            totalCountIsCapped
            pageInfo {
              hasNextPage
              endCursor
            }
            nodes {
              id
              code
              field
              reason
              messageId
              body
              receivedAt
              replayedAt
              source {
                id
                name
              }
            }
          }
        }
      }
    }
  `,
  [consoleFrame],
);

export const ReplayRejects = graphql(`
  mutation ReplayRejects($input: ReplayRejectsInput!) {
    replayRejects(input: $input) {
      takenCount
      refusedCount
      userErrors {
        ...UserErrorParts
      }
    }
  }
`, [userError]);

export const SystemWebhooks = graphql(
  `
    query SystemWebhooks($first: Int!, $after: String, $state: WebhookDeliveryState, $deliveries: Int!) {
      ...ConsoleFrame
      system {
        webhookEndpoints(first: $first, after: $after) {
          totalCount
          pageInfo {
            hasNextPage
            endCursor
          }
          nodes {
            id
            name
            host
            events
            form
            failingSince
            pausedAt
            pauseReason
            removedAt
            deliveries(state: $state, first: $deliveries) {
              totalCount
              nodes {
                id
                type
                body
                state
                attempts
                responseCode
                failure
                nextTryAt
                attemptedAt
                createdAt
              }
            }
          }
        }
      }
    }
  `,
  [consoleFrame],
);

export const ResumeWebhookEndpoint = graphql(`
  mutation ResumeWebhookEndpoint($input: ResumeWebhookEndpointInput!) {
    resumeWebhookEndpoint(input: $input) {
      webhookEndpoint {
        id
        failingSince
        pausedAt
        pauseReason
      }
      userErrors {
        ...UserErrorParts
      }
    }
  }
`, [userError]);

export const ReplayDelivery = graphql(`
  mutation ReplayDelivery($input: ReplayDeliveryInput!) {
    replayDelivery(input: $input) {
      delivery {
        id
        state
        attempts
        nextTryAt
      }
      userErrors {
        ...UserErrorParts
      }
    }
  }
`, [userError]);

export const SystemAudit = graphql(
  `
    query SystemAudit($accountId: ID, $personId: ID, $action: String, $first: Int!, $after: String) {
      ...ConsoleFrame
      system {
        audit(accountId: $accountId, personId: $personId, action: $action, first: $first, after: $after) {
          totalCount
          totalCountIsCapped
          pageInfo {
            hasNextPage
            endCursor
          }
          nodes {
            id
            actor
            action
            subject
            sentence
            before
            after
            at
            person {
              id
              displayName
            }
            account {
              id
              name
            }
          }
        }
      }
    }
  `,
  [consoleFrame],
);

export const SystemAccess = graphql(
  `
    query SystemAccess($first: Int!, $after: String, $writeKeys: Int!, $staffAfter: String) {
      ...ConsoleFrame
      staff(first: $first, after: $staffAfter) {
        totalCount
        pageInfo {
          hasNextPage
          endCursor
        }
        nodes {
          id
          displayName
          role
          isActive
          hasTwoFactor
          person {
            id
            email
          }
        }
      }
      sources {
        id
        key
      }
      system {
        apiKeys(first: $first, after: $after) {
          totalCount
          pageInfo {
            hasNextPage
            endCursor
          }
          nodes {
            id
            name
            prefix
            scopes
            expiresAt
            revokedAt
            lastUsedAt
            account {
              id
              name
            }
            createdBy {
              id
              displayName
            }
          }
        }
        ingestion {
          writeKeys(first: $writeKeys) {
            totalCount
            nodes {
              id
              name
              kind
              prefix
              origins
              lastUsedAt
              revokedAt
              source {
                id
                name
              }
            }
          }
        }
      }
    }
  `,
  [consoleFrame],
);

export const SystemApplications = graphql(
  `
    query SystemApplications($first: Int!, $after: String) {
      ...ConsoleFrame
      system {
        applications(first: $first, after: $after) {
          totalCount
          pageInfo {
            hasNextPage
            endCursor
          }
          nodes {
            id
            name
            origins
            documentPolicy
            pointsPerSecond
            documentCount
            releasedAt
          }
        }
      }
    }
  `,
  [consoleFrame],
);

export const SystemSources = graphql(
  `
    query SystemSources {
      ...ConsoleFrame
      sources {
        id
        key
        name
        kind
        lastReceivedAt
        recentRejectCount
        rhythm {
          state
          silentDays
          usualGapDays
          patienceDays
        }
        feeds {
          feed
          since
          until
          reach
        }
      }
    }
  `,
  [consoleFrame],
);
