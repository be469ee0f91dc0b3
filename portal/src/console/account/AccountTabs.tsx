import { useTranslations } from "use-intl";
import { LinkTabs } from "~/ui/LinkTabs";

const TABS = ["overview", "health", "timeline", "people", "usage", "billing"] as const;
export type Tab = (typeof TABS)[number];

/** The pages of an account. */
export function AccountTabs({ accountId, tab }: { accountId: string; tab: Tab }) {
  const t = useTranslations("consoleAccount");
  const to = (each: Tab) => `/accounts/${accountId}${each === "overview" ? "" : `/${each}`}`;
  return <LinkTabs label={t("pages")} tabs={TABS.map((each) => ({ to: to(each), name: t(`tabs.${each}`) }))} here={to(tab)} />;
}
