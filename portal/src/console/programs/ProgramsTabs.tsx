import type { ReactNode } from "react";
import { useTranslations } from "use-intl";
import { PROGRAMS_TABS } from "~/console/places";
import { useMay } from "~/console/useMay";
import { LinkTabs } from "~/ui/LinkTabs";

/** The tabs of Programs; versions are for those who may see what Waymark does. */
export function ProgramsTabs({ tab, children }: { tab: (typeof PROGRAMS_TABS)[number]; children: ReactNode }) {
  const t = useTranslations("consolePrograms");
  const places = useTranslations("console");
  const may = useMay();
  const tabs = PROGRAMS_TABS.filter((each) => each !== "versions" || may("system:read"));
  return (
    <>
      <LinkTabs label={places("programs")} tabs={tabs.map((each) => ({ to: `/programs/${each}`, name: t(`tabs.${each}`) }))} here={`/programs/${tab}`} />
      {children}
    </>
  );
}
