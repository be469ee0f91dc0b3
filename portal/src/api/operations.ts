import { graphql } from "~/api/graphql";

/** Says that changes may have been missed, whatever they were of. */
export const ResyncSubscription = graphql(`
  subscription Resync {
    resync {
      at
    }
  }
`);
