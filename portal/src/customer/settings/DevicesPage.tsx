import { useTranslations } from "use-intl";
import { Page } from "~/app/Page";
import { DevicesQuery } from "~/customer/settings/operations";
import { Devices } from "~/settings/Devices";

/** Where and how a customer signs in. */
export function DevicesPage() {
  const t = useTranslations("settings.devices");
  return (
    <Page title={t("title")} query={DevicesQuery} variables={{}} find={({ viewer }) => viewer}>
      {(own, again) => <Devices own={own} onMoved={again} />}
    </Page>
  );
}
