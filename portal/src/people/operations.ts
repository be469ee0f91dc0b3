import { graphql } from "~/api/graphql";
import { userError } from "~/api/userError";

export const InviteMember = graphql(
  `
    mutation InviteMember($input: InviteMemberInput!) {
      inviteMember(input: $input) {
        member {
          id
          role
          state
          title
          joinedOn
          leftOn
          person {
            id
            displayName
            email
          }
        }
        userErrors {
          ...UserErrorParts
        }
      }
    }
  `,
  [userError],
);
