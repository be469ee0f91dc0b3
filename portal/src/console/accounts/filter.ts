import type { graphql } from "~/api/graphql";

/** Which accounts: the API's own filter language, and the state of every list of accounts in its address. */
export type AccountFilter = ReturnType<typeof graphql.scalar<"AccountFilter">>;
export type AccountOrder = Required<ReturnType<typeof graphql.scalar<"AccountOrder">>>;
export type OrderField = AccountOrder["field"];

/** One condition of a filter: all of them hold. */
export type Condition = { [Field in keyof AccountFilter]-?: { field: Field; value: NonNullable<AccountFilter[Field]> } }[keyof AccountFilter];

/** How a condition of a field is put together. */
export type Kind = "text" | "yes" | "choice" | "words" | "number" | "money" | "date" | "change" | "trait" | "metric" | "event" | "json";

export const KINDS = {
  category: "choice",
  band: "choice",
  health: "number",
  healthChange: "change",
  tier: "choice",
  stage: "choice",
  mrrMinor: "money",
  renewsOn: "date",
  csmId: "choice",
  isMine: "yes",
  ownerId: "choice",
  lastTouch: "date",
  hasOpenAlert: "yes",
  hasOpenTask: "yes",
  pulse: "choice",
  pulseDisagrees: "yes",
  tag: "choice",
  trait: "trait",
  industry: "choice",
  customerSince: "date",
  churnedOn: "date",
  metric: "metric",
  event: "event",
  externalId: "words",
  parentId: "json",
  and: "json",
  or: "json",
  not: "json",
  text: "text",
} as const satisfies Record<keyof AccountFilter, Kind>;

export type Field = keyof typeof KINDS;

/** A field with a name of its own: all but what combines conditions. */
export type Named = Exclude<Field, "and" | "or" | "not">;

/** What can be added by hand, in the order of the menu; the rest comes in by links or is written as JSON. */
export const FIELDS = (Object.keys(KINDS) as Named[]).filter((field) => !["json", "text"].includes(KINDS[field]));

/** The conditions of a filter, those in `and` included. */
export const conditionsOf = (filter: AccountFilter): Condition[] =>
  (Object.entries(filter) as [Field, unknown][]).flatMap(([field, value]) => {
    if (value === null || value === undefined) return [];
    return field === "and" ? (value as AccountFilter[]).flatMap(conditionsOf) : [{ field, value } as Condition];
  });

/** The filter of conditions: by field, and what a field has more than one of in `and`. */
export const filterOf = (conditions: Condition[]): AccountFilter => {
  const filter: Record<string, unknown> = {};
  const more: AccountFilter[] = [];
  for (const { field, value } of conditions) {
    if (field in filter) more.push({ [field]: value } as AccountFilter);
    else filter[field] = value;
  }
  return (more.length > 0 ? { ...filter, and: more } : filter) as AccountFilter;
};

export const AT_RISK: AccountFilter = { category: { in: ["AT_RISK", "CRITICAL"] } };

export const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

/** Whether a value names known fields and combines filters as filters are; what is within a field is for the API to judge. */
const isFilter = (value: unknown): value is AccountFilter =>
  isObject(value) &&
  Object.entries(value).every(([key, within]) => {
    if (within === null) return key in KINDS;
    if (key === "not") return isFilter(within);
    return key === "and" || key === "or" ? Array.isArray(within) && within.every(isFilter) : key in KINDS;
  });

/** The filter of a text, or undefined where it is none. The API says what is wrong inside of it. */
export const filterIn = (text: string): AccountFilter | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    return isFilter(value) ? value : undefined;
  } catch {
    return undefined;
  }
};
