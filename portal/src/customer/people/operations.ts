import { graphql } from "~/api/graphql";
import { userError } from "~/api/userError";
import { customerFrame } from "~/customer/frame/fragment";
import { personLine } from "~/customer/people/PersonLine";

export const PeopleQuery = graphql(
  `
    query People($state: MemberState, $after: String) {
      ...CustomerFrame
      viewer {
        person {
          id
        }
        account {
          id
          members(state: $state, first: 50, after: $after) {
            totalCount
            pageInfo {
              hasNextPage
              endCursor
            }
            nodes {
              ...PersonLine
            }
          }
        }
      }
    }
  `,
  [customerFrame, personLine],
);

export const UpdateMember = graphql(
  `
    mutation UpdateMember($input: UpdateMemberInput!) {
      updateMember(input: $input) {
        member {
          ...PersonLine
        }
        userErrors {
          ...UserErrorParts
        }
      }
    }
  `,
  [personLine, userError],
);

export const RemoveMember = graphql(
  `
    mutation RemoveMember($input: RemoveMemberInput!) {
      removeMember(input: $input) {
        member {
          ...PersonLine
        }
        userErrors {
          ...UserErrorParts
        }
      }
    }
  `,
  [personLine, userError],
);
