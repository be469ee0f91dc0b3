import { initGraphQLTada } from "gql.tada";
import type { introspection } from "./schema";

/** `graphql(text, [fragments])`: a document, typed from schema.graphql. Data of fragments are handed on unmasked. */
export const graphql = initGraphQLTada<{
  introspection: introspection;
  disableMasking: true;
  scalars: {
    DateTime: string;
    Date: string;
    Decimal: number;
    Long: number;
    JSON: unknown;
    Markdown: string;
    URL: string;
  };
}>();

export type { FragmentOf, ResultOf, VariablesOf } from "gql.tada";
