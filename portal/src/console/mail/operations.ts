import { graphql } from "~/api/graphql";
import { userError } from "~/api/userError";
import { consoleFrame } from "~/console/frame";

export const InboundMails = graphql(
  `
    query InboundMails($state: InboundState!, $first: Int!, $after: String) {
      ...ConsoleFrame
      inboundMails(state: $state, first: $first, after: $after) {
        totalCount
        totalCountIsCapped
        pageInfo {
          hasNextPage
          endCursor
        }
        nodes {
          id
          state
          reason
          sender
          recipients
          subject
          body
          receivedAt
          settledAt
          account {
            id
            name
          }
        }
      }
    }
  `,
  [consoleFrame],
);

export const AssignInboundMail = graphql(`
  mutation AssignInboundMail($input: AssignInboundMailInput!) {
    assignInboundMail(input: $input) {
      mail {
        id
        state
        account {
          id
          name
        }
      }
      userErrors {
        ...UserErrorParts
      }
    }
  }
`, [userError]);

export const DismissInboundMail = graphql(`
  mutation DismissInboundMail($input: DismissInboundMailInput!) {
    dismissInboundMail(input: $input) {
      mail {
        id
        state
        sender
        recipients
        subject
        body
      }
      userErrors {
        ...UserErrorParts
      }
    }
  }
`, [userError]);
