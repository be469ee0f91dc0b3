import { Stack } from "@mantine/core";
import { useTranslations } from "use-intl";
import type { ResultOf } from "~/api/graphql";
import { Face } from "~/console/face/Face";
import { PortalSettings } from "~/console/face/operations";
import { Visibility } from "~/console/face/Visibility";
import { SystemPage } from "~/console/system/SystemPage";
import { useMay } from "~/console/useMay";

type Answer = ResultOf<typeof PortalSettings>;
export type Portal = NonNullable<Answer["portal"]>;
export type Choice = NonNullable<Answer["portalChoice"]>;
export type Tiers = NonNullable<Answer["organization"]>["tiers"];

/** What customers see, tier by tier, and the lines that would change it, and how their side looks. */
export function PortalPage() {
  const t = useTranslations("consoleFace");
  const may = useMay();
  return (
    <SystemPage
      tab="portal"
      query={PortalSettings}
      variables={{}}
      find={({ portal, portalChoice, organization }) => portal && portalChoice && organization && { portal, choice: portalChoice, tiers: organization.tiers }}
    >
      {({ portal, choice, tiers }, again) => (
        <Stack maw={860} aria-label={t("label")}>
          <Visibility tiers={tiers} />
          <Face key={JSON.stringify([portal, choice])} portal={portal} choice={choice} mayWrite={may("system:write")} again={again} />
        </Stack>
      )}
    </SystemPage>
  );
}
