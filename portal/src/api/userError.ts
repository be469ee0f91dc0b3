import { graphql, type FragmentOf } from "~/api/graphql";

/** What a mutation's payload says of its input: where, and what is wrong. Every mutation asks for it. */
export const userError = graphql(`
  fragment UserErrorParts on UserError {
    field
    code
    message
    params
  }
`);

export type UserError = FragmentOf<typeof userError>;
