import { graphql } from "~/api/graphql";
import { userError } from "~/api/userError";
import { consoleFrame } from "~/console/frame";

export const ProgramsHealth = graphql(
  `
    query ProgramsHealth {
      ...ConsoleFrame
      healthModelVersions(first: 1) {
        totalCount
        nodes {
          version
          inForceFrom
          appliedAt
          appliedBy
          isActive
          leaves {
            key
            name
            groupKey
            weight
            poorAnchor
            healthyAnchor
            unit
            windowDays
            isCustomerVisible
          }
        }
      }
    }
  `,
  [consoleFrame],
);

export const PreviewHealthModel = graphql(`
  mutation PreviewHealthModel($input: PreviewHealthModelInput!) {
    previewHealthModel(input: $input) {
      preview {
        modelVersion
        bands {
          band
          before
          after
        }
        movedCount
        moved {
          accountId
          name
          bandBefore
          bandAfter
          scoreBefore
          scoreAfter
        }
        mrrAtRiskBefore {
          amountMinor
          currencyCode
        }
        mrrAtRiskAfter {
          amountMinor
          currencyCode
        }
        lostCount
        warnings {
          daysAhead
          accountCount
          redBefore
          redAfter
          yellowBefore
          yellowAfter
        }
        alarms {
          daysAhead
          accountCount
          redBefore
          redAfter
        }
        files {
          name
          text
        }
        difference
      }
      userErrors {
        ...UserErrorParts
      }
    }
  }
`, [userError]);

export const ProgramVersions = graphql(
  `
    query ProgramVersions($first: Int!, $after: String) {
      ...ConsoleFrame
      system {
        programVersions(first: $first, after: $after) {
          totalCount
          pageInfo {
            hasNextPage
            endCursor
          }
          nodes {
            number
            appliedAt
            appliedBy
            difference
            fingerprint
          }
        }
      }
    }
  `,
  [consoleFrame],
);
