import { useLocale } from "use-intl";
import { useFormatter } from "~/app/format";

export type Money = { amountMinor: number; currencyCode: string };

/** A sum of money as the reader's region writes it. Minor units: how many make one is the currency's own affair. */
export function Amount({ money, isShort = false }: { money: Money; isShort?: boolean }) {
  const locale = useLocale();
  const format = useFormatter();
  const digits = new Intl.NumberFormat(locale, { style: "currency", currency: money.currencyCode }).resolvedOptions()
    .maximumFractionDigits;
  const value = money.amountMinor / 10 ** (digits ?? 2);
  return <>{format.number(value, { style: "currency", currency: money.currencyCode, ...(isShort ? { maximumFractionDigits: 0 } : {}) })}</>;
}
