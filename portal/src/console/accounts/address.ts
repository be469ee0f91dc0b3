import { filterIn, type AccountFilter, type AccountOrder } from "~/console/accounts/filter";

export const DEFAULT_COLUMNS = ["name", "tier", "score", "category", "why7", "mrr", "renewsOn", "successManager", "lastTouchAt"];
export const DEFAULT_ORDER: AccountOrder = { field: "NAME", direction: "ASC", window: "DAYS_7" };

/** What a list of accounts shows. All of it stands in the address, so that a link or a bookmark has all of it. */
export type ListState = {
  filter: AccountFilter;
  order: AccountOrder;
  columns: string[];
  /** The saved view from which it began. */
  view?: string | undefined;
  /** The page: what comes after a cursor, or before one. */
  after?: string | undefined;
  before?: string | undefined;
};

/** What stands in the address of all accounts, where nothing else does: without any, the list is the reader's default. */
const ALL = "all";

const ORDER = /^(NAME|HEALTH|HEALTH_CHANGE|MRR|RENEWS_ON|LAST_TOUCH)\.(ASC|DESC)(?:\.(DAYS_7|DAYS_30))?$/;

/** The state that an address holds; undefined for its filter where that cannot be read. */
export const stateIn = (parameters: URLSearchParams): ListState & { isUnreadable: boolean } => {
  const view = parameters.get("view");
  const text = parameters.get("filter");
  const filter = text === null ? {} : filterIn(text);
  const [, field, direction, window] = ORDER.exec(parameters.get("order") ?? "") ?? [];
  const columns = parameters.get("columns")?.split(",").filter(Boolean);
  return {
    filter: filter ?? {},
    isUnreadable: filter === undefined,
    order: field === undefined ? DEFAULT_ORDER : ({ field, direction, window: window ?? "DAYS_7" } as AccountOrder),
    columns: columns === undefined || columns.length === 0 ? DEFAULT_COLUMNS : columns,
    view: view === null || view === ALL ? undefined : view,
    after: parameters.get("after") ?? undefined,
    before: parameters.get("before") ?? undefined,
  };
};

/** What is readable in an address may stand in it as it is. */
const written = (text: string) => encodeURIComponent(text).replace(/%(?:3A|2C|7B|7D|5B|5D|22)/g, (code) => (code === "%22" ? code : decodeURIComponent(code)));

/** The address of a list, without what is as ever. */
export const addressOf = ({ filter = {}, order = DEFAULT_ORDER, columns = DEFAULT_COLUMNS, view, after, before }: Partial<ListState>): string => {
  const byDefault = order.field === "NAME" && order.direction === "ASC";
  const parts = Object.entries({
    view,
    filter: Object.keys(filter).length > 0 ? JSON.stringify(filter) : undefined,
    order: byDefault ? undefined : [order.field, order.direction, ...(order.field === "HEALTH_CHANGE" ? [order.window] : [])].join("."),
    columns: columns.join() === DEFAULT_COLUMNS.join() ? undefined : columns.join(),
    after,
    before,
  }).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${written(value)}`]));
  return `/accounts?${parts.length === 0 ? `view=${ALL}` : parts.join("&")}`;
};

/** All accounts, whatever the reader's default is. */
export const ALL_ACCOUNTS = addressOf({});

/** The list of accounts that a filter holds: where a figure leads. */
export const listOf = (filter: AccountFilter, order?: AccountOrder): string => addressOf({ filter, ...(order === undefined ? {} : { order }) });

/** The same list as a file for spreadsheets. */
export const fileOf = ({ filter, order, columns }: ListState): string =>
  `/export/accounts.csv?${new URLSearchParams({ columns: columns.join(), filter: JSON.stringify(filter), orderBy: JSON.stringify(order) }).toString()}`;
