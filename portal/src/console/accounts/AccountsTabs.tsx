import { Tabs } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslations } from "use-intl";
import { useLocation } from "wouter";

const TABS = ["accounts", "segments", "people"] as const;

/** The pages of the place Accounts: the list, the filters that are kept, everybody who belongs to an account. */
export function AccountsTabs({ tab, children }: { tab: (typeof TABS)[number]; children: ReactNode }) {
  const t = useTranslations("console");
  const [, go] = useLocation();
  return (
    <Tabs value={tab} onChange={(next) => next !== null && next !== tab && go(`/${next}`)} activateTabWithKeyboard={false}>
      <Tabs.List>
        {TABS.map((each) => (
          <Tabs.Tab key={each} value={each}>
            {t(each)}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <Tabs.Panel value={tab} pt="md">
        {children}
      </Tabs.Panel>
    </Tabs>
  );
}
