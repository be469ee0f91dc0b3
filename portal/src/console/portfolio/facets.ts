import { AT_RISK, filterOf, conditionsOf, type AccountFilter } from "~/console/accounts/filter";
import { graphql, type FragmentOf } from "~/api/graphql";

export const facet = graphql(`
  fragment Facet on FacetCount {
    key
    name
    count
    atRiskCount
    mrr {
      amountMinor
      currencyCode
    }
    mrrAtRisk {
      amountMinor
      currencyCode
    }
  }
`);

export type Facet = FragmentOf<typeof facet>;
export type Way = "tier" | "industry" | "csmId";

/** Both filters hold. */
export const both = (one: AccountFilter, other: AccountFilter): AccountFilter => filterOf([...conditionsOf(one), ...conditionsOf(other)]);
export const atRiskOf = (filter: AccountFilter): AccountFilter => both(filter, AT_RISK);

/** The accounts of a group: those without a key have none. */
export const groupOf = (way: Way, key: string): AccountFilter => ({ [way]: key === "" ? { isNull: true } : { in: [key] } });

/** Accounts that were never scored count as those without enough data. */
export const bandOf = (key: string): AccountFilter =>
  key === "INSUFFICIENT_DATA" ? { or: [{ band: { in: [key] } }, { band: { isNull: true } }] } : { band: { in: [key as "GREEN"] } };

export const categoryOf = (key: string): AccountFilter => ({ category: key === "UNKNOWN" ? { isNull: true } : { in: [key as "SECURE"] } });

/** The renewals of a month such as 2026-05. */
export const monthOf = (month: string): AccountFilter => {
  const first = new Date(`${month}-01T00:00:00Z`);
  const next = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 1));
  const before = new Date(first.getTime() - 86_400_000);
  return { renewsOn: { after: before.toISOString().slice(0, 10), before: next.toISOString().slice(0, 10) } };
};
