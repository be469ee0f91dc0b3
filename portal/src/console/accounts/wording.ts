import { useLocale, useTranslations } from "use-intl";
import type { ResultOf } from "~/api/graphql";
import { useFormatter } from "~/app/format";
import { conditionsOf, type AccountFilter, type Condition, type Field } from "~/console/accounts/filter";
import type { vocabulary } from "~/console/accounts/operations";
import { noonOf } from "~/ui/days";

export type Vocabulary = Partial<ResultOf<typeof vocabulary>>;
export type Option = { value: string; label: string };

const BANDS = ["GREEN", "YELLOW", "RED", "INSUFFICIENT_DATA"] as const;
export const CATEGORIES = ["SECURE", "MONITOR", "AT_RISK", "CRITICAL"] as const;
const MOODS = ["GREEN", "YELLOW", "RED"] as const;

/** How many of a currency's smallest unit make one. */
export const minorOf = (locale: string, currency: string) =>
  10 ** (new Intl.NumberFormat(locale, { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2);

/** What a field can be, as people read it. */
export function useOptions(vocabulary: Vocabulary) {
  const t = useTranslations("consoleAccounts");
  const shared = useTranslations("shared");
  return (field: Field): Option[] => {
    const managers = () =>
      (vocabulary.portfolio?.byCsm ?? []).flatMap(({ key, name }) => (key === "" ? [] : [{ value: key, label: name }]));
    switch (field) {
      case "category":
        return CATEGORIES.map((value) => ({ value, label: t(`categories.${value}`) }));
      case "band":
        return BANDS.map((value) => ({ value, label: shared(`bands.${value}`) }));
      case "pulse":
        return MOODS.map((value) => ({ value, label: t(`moods.${value}`) }));
      case "tier":
        return (vocabulary.organization?.tiers ?? []).map(({ key, name }) => ({ value: key, label: name }));
      case "stage":
        return (vocabulary.organization?.stages ?? []).map(({ key, name }) => ({ value: key, label: name }));
      case "metric":
        return (vocabulary.organization?.metrics ?? []).map(({ key, name }) => ({ value: key, label: name }));
      case "trait":
        return (vocabulary.traits ?? []).map(({ key, name }) => ({ value: key, label: name }));
      case "tag":
        return (vocabulary.tags ?? []).map(({ name }) => ({ value: name, label: name }));
      case "industry":
        return (vocabulary.portfolio?.byIndustry ?? []).flatMap(({ key }) => (key === "" ? [] : [{ value: key, label: key }]));
      case "csmId":
      case "ownerId":
        return managers();
      default:
        return [];
    }
  };
}

type Comparison = Partial<Record<"lt" | "lte" | "gt" | "gte" | "eq", number>> & { isNull?: boolean };
type Days = { before?: string; after?: string; withinNextDays?: number; withinLastDays?: number; isNull?: boolean };
type Choice = { in?: string[]; notIn?: string[]; isNull?: boolean };

/** Conditions and filters in words. */
export function useWording(vocabulary: Vocabulary) {
  const t = useTranslations("consoleAccounts");
  const format = useFormatter();
  const locale = useLocale();
  const optionsOf = useOptions(vocabulary);

  const list = (parts: string[]) => format.list(parts, { type: "disjunction" });
  const all = (parts: (string | undefined)[]) => parts.filter((part) => part !== undefined).join(", ");
  const missing = (isNull: boolean | undefined) =>
    isNull === undefined || isNull === null ? undefined : t(isNull ? "words.isMissing" : "words.isThere");

  const choice = (field: Field, value: Choice) => {
    const options = optionsOf(field);
    const named = (keys: string[]) => list(keys.map((key) => options.find((each) => each.value === key)?.label ?? key));
    return all([
      value.in && t("words.in", { values: named(value.in) }),
      value.notIn && t("words.notIn", { values: named(value.notIn) }),
      missing(value.isNull),
    ]);
  };
  const comparison = (value: Comparison, written: (value: number) => string) =>
    all([
      ...(["gte", "gt", "lte", "lt", "eq"] as const).map((sign) => {
        const limit = value[sign];
        return limit === undefined || limit === null ? undefined : t(`words.${sign}`, { value: written(limit) });
      }),
      missing(value.isNull),
    ]);
  const day = (text: string) => format.dateTime(noonOf(text), "day");
  const days = (value: Days) =>
    all([
      value.withinNextDays === undefined ? undefined : t("words.withinNextDays", { days: value.withinNextDays }),
      value.withinLastDays === undefined ? undefined : t("words.withinLastDays", { days: value.withinLastDays }),
      value.after && t("words.after", { day: day(value.after) }),
      value.before && t("words.before", { day: day(value.before) }),
      missing(value.isNull),
    ]);
  const number = (value: number) => format.number(value, "amount");
  const money = (value: number) => {
    const currency = vocabulary.organization?.homeCurrency ?? "USD";
    return format.number(value / minorOf(locale, currency), { style: "currency", currency, maximumFractionDigits: 0 });
  };
  const nameOf = (field: Field, key: string) => optionsOf(field).find(({ value }) => value === key)?.label ?? key;

  /** What a condition says after the name of its field. */
  const said = ({ field, value }: Condition): string => {
    switch (field) {
      case "health":
        return comparison(value as Comparison, number);
      case "mrrMinor":
        return comparison(value as Comparison, money);
      case "churnedOn":
        return value.isNull === true ? t("words.stillHere") : days(value as Days);
      case "customerSince":
      case "renewsOn":
      case "lastTouch":
        return days(value as Days);
      case "healthChange":
        return t("words.change", { change: comparison(value.delta as Comparison, (delta) => format.number(delta, "points")), days: value.days });
      case "metric":
        return t("words.metric", { name: nameOf("metric", value.key), value: comparison(value.value as Comparison, number), days: value.withinDays });
      case "event":
        return t("words.event", {
          name: value.name,
          value: value.count ? comparison(value.count as Comparison, number) : "",
          days: value.withinDays,
        });
      case "trait":
        return all([
          nameOf("trait", value.key),
          value.equals === undefined || value.equals === null ? undefined : t("words.in", { values: String(value.equals) }),
          value.number ? comparison(value.number as Comparison, number) : undefined,
          value.date ? days(value.date as Days) : undefined,
          typeof value.exists === "boolean" ? missing(!value.exists) : undefined,
        ]);
      case "isMine":
      case "hasOpenAlert":
      case "hasOpenTask":
      case "pulseDisagrees":
        return t(value ? "words.yes" : "words.no");
      case "text":
        return t("words.in", { values: value });
      case "or":
        return value.map((each) => whole(each)).join(` ${t("words.or")} `);
      case "and":
        return value.map((each) => whole(each)).join(` ${t("words.and")} `);
      case "not":
        return whole(value);
      default:
        return choice(field, value as Choice);
    }
  };
  /** What an address holds within a field may be anything: what cannot be worded stands as it is written. */
  const told = (each: Condition): string => {
    try {
      return said(each);
    } catch {
      return JSON.stringify(each.value);
    }
  };
  const condition = (each: Condition): string => {
    if (each.field === "or" || each.field === "and") return told(each);
    if (each.field === "not") return t("words.not", { condition: told(each) });
    return `${t(`fields.${each.field}`)}: ${told(each)}`;
  };
  const whole = (filter: AccountFilter): string => conditionsOf(filter).map(condition).join(` ${t("words.and")} `);
  return { condition, whole };
}
