import { Tabs } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslations } from "use-intl";
import { useLocation } from "wouter";
import { PROGRAMS_TABS } from "~/console/places";

type Props = { tab: (typeof PROGRAMS_TABS)[number]; permissions: readonly string[]; children: ReactNode };

/** The tabs of Programs; versions are for those who may see what Waymark does. */
export function ProgramsTabs({ tab, permissions, children }: Props) {
  const t = useTranslations("consolePrograms");
  const [, go] = useLocation();
  const tabs = PROGRAMS_TABS.filter((each) => each !== "versions" || permissions.includes("system:read"));
  return (
    <Tabs value={tab} onChange={(next) => next !== null && go(`/programs/${next}`)} activateTabWithKeyboard={false}>
      <Tabs.List>
        {tabs.map((each) => (
          <Tabs.Tab key={each} value={each}>
            {t(`tabs.${each}`)}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <Tabs.Panel value={tab} pt="md">
        {children}
      </Tabs.Panel>
    </Tabs>
  );
}
