import { graphql, type FragmentOf } from "~/api/graphql";
import { DEFAULT_COLUMNS, DEFAULT_ORDER, type ListState } from "~/console/accounts/address";
import type { AccountFilter } from "~/console/accounts/filter";

export const savedView = graphql(`
  fragment SavedViewLine on SavedView {
    id
    name
    isMine
    isShared
    filter
    orderBy {
      field
      direction
      window
    }
    columns
    owner {
      id
      displayName
    }
  }
`);

export type SavedView = FragmentOf<typeof savedView>;

/** The view with which the reader's list of accounts begins. */
export const begins = graphql(
  `
    fragment Begins on Query {
      viewer {
        defaultView {
          ...SavedViewLine
        }
      }
    }
  `,
  [savedView],
);

/** What a saved view shows. */
export const stateOf = ({ id, filter, orderBy, columns }: SavedView): Partial<ListState> => ({
  view: id,
  filter: filter as AccountFilter,
  order: orderBy ?? DEFAULT_ORDER,
  columns: columns.length > 0 ? columns : DEFAULT_COLUMNS,
});
