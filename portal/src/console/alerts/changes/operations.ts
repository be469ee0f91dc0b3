import { graphql } from "~/api/graphql";
import { userError } from "~/api/userError";

export const AcknowledgeAlert = graphql(`
  mutation AcknowledgeAlert($input: AcknowledgeAlertInput!) {
    acknowledgeAlert(input: $input) {
      alert {
        id
        state
        snoozedUntil
        snoozeReason
        isUseful
      }
      userErrors {
        ...UserErrorParts
      }
    }
  }
`, [userError]);

export const SnoozeAlert = graphql(`
  mutation SnoozeAlert($input: SnoozeAlertInput!) {
    snoozeAlert(input: $input) {
      alert {
        id
        state
        snoozedUntil
        snoozeReason
        isUseful
      }
      userErrors {
        ...UserErrorParts
      }
    }
  }
`, [userError]);

export const ResolveAlert = graphql(`
  mutation ResolveAlert($input: ResolveAlertInput!) {
    resolveAlert(input: $input) {
      alert {
        id
        state
        snoozedUntil
        snoozeReason
        isUseful
      }
      userErrors {
        ...UserErrorParts
      }
    }
  }
`, [userError]);

export const ReopenAlert = graphql(`
  mutation ReopenAlert($input: ReopenAlertInput!) {
    reopenAlert(input: $input) {
      alert {
        id
        state
        snoozedUntil
        snoozeReason
        isUseful
      }
      userErrors {
        ...UserErrorParts
      }
    }
  }
`, [userError]);

export const JudgeAlert = graphql(`
  mutation JudgeAlert($input: JudgeAlertInput!) {
    judgeAlert(input: $input) {
      alert {
        id
        state
        snoozedUntil
        snoozeReason
        isUseful
      }
      userErrors {
        ...UserErrorParts
      }
    }
  }
`, [userError]);
