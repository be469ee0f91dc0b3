import type { ReactNode } from "react";
import { useTranslations } from "use-intl";
import { LinkTabs } from "~/ui/LinkTabs";

const TABS = ["accounts", "segments", "people"] as const;

/** The pages of the place Accounts: the list, the filters that are kept, everybody who belongs to an account. */
export function AccountsTabs({ tab, children }: { tab: (typeof TABS)[number]; children: ReactNode }) {
  const t = useTranslations("console");
  return (
    <>
      <LinkTabs label={t("accounts")} tabs={TABS.map((each) => ({ to: `/${each}`, name: t(each) }))} here={`/${tab}`} />
      {children}
    </>
  );
}
