import { graphql } from "~/api/graphql";

/** Who reads the page, as every frame asks too; whoever is in the way of a page that is not theirs is asked for it. */
export const WhoQuery = graphql(`
  query Who {
    viewer {
      kind
      permissions
      personId
    }
  }
`);
