import type { ReactNode } from "react";
import { useTranslations } from "use-intl";
import { useFormatter } from "~/app/format";
import type { AccountOrder } from "~/console/accounts/filter";
import type { AccountLine } from "~/console/accounts/line";
import classes from "~/console/accounts/AccountsTable.module.css";
import { Mark } from "~/console/Mark";
import { shortened } from "~/console/why";
import { Amount } from "~/ui/Amount";
import { noonOf } from "~/ui/days";

export const COLUMNS = [
  "name",
  "externalId",
  "tier",
  "industry",
  "customerSince",
  "successManager",
  "score",
  "band",
  "category",
  "change7",
  "why7",
  "change30",
  "why30",
  "pulse",
  "mrr",
  "currency",
  "seats",
  "renewsOn",
  "churnedOn",
  "lastTouchAt",
  "tags",
] as const;

export type Column = (typeof COLUMNS)[number];
const TRAIT = "trait:";

export const isColumn = (name: string): name is Column => (COLUMNS as readonly string[]).includes(name);
export const traitOf = (name: string): string | undefined => (name.startsWith(TRAIT) ? name.slice(TRAIT.length) : undefined);
export const traitColumn = (key: string) => `${TRAIT}${key}`;

/** By which a column sorts, and which end of it comes first. */
export const ORDERS: Partial<Record<string, AccountOrder>> = {
  name: { field: "NAME", direction: "ASC", window: "DAYS_7" },
  score: { field: "HEALTH", direction: "ASC", window: "DAYS_7" },
  change7: { field: "HEALTH_CHANGE", direction: "ASC", window: "DAYS_7" },
  change30: { field: "HEALTH_CHANGE", direction: "ASC", window: "DAYS_30" },
  mrr: { field: "MRR", direction: "DESC", window: "DAYS_7" },
  renewsOn: { field: "RENEWS_ON", direction: "ASC", window: "DAYS_7" },
  lastTouchAt: { field: "LAST_TOUCH", direction: "ASC", window: "DAYS_7" },
};

export const NUMERIC: ReadonlySet<string> = new Set(["score", "change7", "change30", "mrr", "seats"]);

/** What the operation has to ask for the columns shown. */
export const asked = (columns: string[]) => ({
  hasChange7: columns.includes("change7"),
  hasWhy7: columns.includes("why7"),
  hasChange30: columns.includes("change30"),
  hasWhy30: columns.includes("why30"),
  hasPulse: columns.includes("pulse"),
});

/** What stands in the cell of an account and a column. */
export function useCells() {
  const t = useTranslations("consoleAccounts");
  const shared = useTranslations("shared");
  const format = useFormatter();
  const day = (text: string | null | undefined) => (text ? format.dateTime(text.length === 10 ? noonOf(text) : new Date(text), "day") : null);
  const points = (value: number | null | undefined) => (value === null || value === undefined || value === 0 ? null : format.number(value, "points"));

  const why = (sentence: string | null | undefined, churnedOn: string | null | undefined) => {
    // Nothing of an account that left moves any more, and nobody may take that for calm.
    if (churnedOn) return <span className={classes.dimmed}>{t("left", { day: day(churnedOn) ?? "" })}</span>;
    if (!sentence) return null;
    const { words, more } = shortened(sentence);
    if (more === 0) return words;
    return (
      <span title={sentence}>
        {words} <span className={classes.dimmed}>{t("moreReasons", { count: more })}</span>
      </span>
    );
  };

  return (account: AccountLine, column: string): ReactNode => {
    const { internal } = account;
    const trait = traitOf(column);
    if (trait !== undefined) {
      const value = (internal?.traits as Record<string, unknown> | null)?.[trait];
      return value === undefined || value === null ? null : String(value);
    }
    switch (column as Column) {
      case "name":
        return account.name;
      case "externalId":
        return account.externalId;
      case "tier":
        return account.tier?.name;
      case "industry":
        return account.industry;
      case "customerSince":
        return day(account.customerSince);
      case "successManager":
        return account.successManager?.displayName ?? <span className={classes.dimmed}>{t("nobody")}</span>;
      case "score": {
        const score = internal?.health?.score;
        return score === null || score === undefined ? null : <strong>{format.number(score, "score")}</strong>;
      }
      case "band":
        return internal?.health ? <Mark tone={internal.health.band}>{shared(`bands.${internal.health.band}`)}</Mark> : null;
      case "category": {
        const category = internal?.health?.category;
        return category ? <Mark tone={category}>{t(`categories.${category}`)}</Mark> : null;
      }
      case "change7":
        return points(internal?.change7);
      case "why7":
        return why(internal?.why7, internal?.churnedOn);
      case "change30":
        return points(internal?.change30);
      case "why30":
        return why(internal?.why30, internal?.churnedOn);
      case "pulse":
        return internal?.pulse ? <Mark tone={internal.pulse.mood}>{t(`moods.${internal.pulse.mood}`)}</Mark> : null;
      case "mrr":
        return internal ? <Amount money={internal.mrr} isShort /> : null;
      case "currency":
        return internal?.mrr.currencyCode;
      case "seats":
        return internal?.seats === null || internal === null ? null : format.number(internal.seats, "count");
      case "renewsOn":
        return day(internal?.renewsOn);
      case "churnedOn":
        return day(internal?.churnedOn);
      case "lastTouchAt":
        return day(internal?.lastTouchAt) ?? <span className={classes.dimmed}>{t("never")}</span>;
      case "tags":
        return internal?.tags.join(", ");
    }
  };
}
