import { graphql } from "~/api/graphql";
import { userError } from "~/api/userError";

export const RunDemoAction = graphql(`
  mutation RunDemoAction($input: RunDemoActionInput!) {
    runDemoAction(input: $input) {
      account {
        id
        name
      }
      userErrors {
        ...UserErrorParts
      }
    }
  }
`, [userError]);
