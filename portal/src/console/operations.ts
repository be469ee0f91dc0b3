import { graphql } from "~/api/graphql";
import { begins } from "~/console/accounts/view";
import { consoleViewer } from "~/console/frame";

/** Read from the cache alone: the page inside asks for it. */
export const ConsoleFrameQuery = graphql(
  `
    query ConsoleFrameQuery {
      ...ConsoleViewer
    }
  `,
  [consoleViewer],
);

/** Read from the cache alone: pages that everybody of the staff may see ask for it. */
export const OrganizationQuery = graphql(`
  query ConsoleOrganization {
    organization {
      name
      isDemo
    }
  }
`);

/** Read from the cache alone: Today and the list ask for it. */
export const BeginsQuery = graphql(
  `
    query AccountsBeginView {
      ...Begins
    }
  `,
  [begins],
);
