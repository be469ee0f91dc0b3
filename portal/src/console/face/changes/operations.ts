import { graphql } from "~/api/graphql";
import { userError } from "~/api/userError";

export const SetPortalFace = graphql(
  `
    mutation SetPortalFace($input: SetPortalFaceInput!) {
      setPortalFace(input: $input) {
        name
        accentColor
        userErrors {
          ...UserErrorParts
        }
      }
    }
  `,
  [userError],
);
