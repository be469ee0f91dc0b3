import { graphql, type FragmentOf } from "~/api/graphql";
import { DEFAULT_COLUMNS, DEFAULT_ORDER, type ListState } from "~/console/accounts/address";
import { AT_RISK, type AccountFilter } from "~/console/accounts/filter";

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

/** Views that are there without anybody keeping them. */
export const GIVEN: { label: "all" | "mine" | "atRisk" | "renewing"; state: Partial<ListState> }[] = [
  { label: "all", state: {} },
  { label: "mine", state: { filter: { isMine: true } } },
  { label: "atRisk", state: { filter: AT_RISK, order: { field: "HEALTH", direction: "ASC", window: "DAYS_7" } } },
  {
    label: "renewing",
    state: { filter: { renewsOn: { withinNextDays: 90 } }, order: { field: "RENEWS_ON", direction: "ASC", window: "DAYS_7" } },
  },
];
