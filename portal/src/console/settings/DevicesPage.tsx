import { useTranslations } from "use-intl";
import { Page } from "~/app/Page";
import { isHeldBack } from "~/console/settings/heldBack";
import { HeldBack } from "~/console/settings/HeldBack";
import { StaffDevicesQuery } from "~/console/settings/operations";
import { Devices } from "~/settings/Devices";

/** Where and how somebody of the staff signs in, and whether more than that is open to them. */
export function DevicesPage() {
  const t = useTranslations("settings.devices");
  return (
    <Page title={t("title")} query={StaffDevicesQuery} variables={{}} find={({ viewer }) => viewer}>
      {(own, again) => (
        <>
          {isHeldBack(own) && <HeldBack isOn={own.twoFactor !== null} onLook={again} />}
          <Devices own={own} onMoved={again} />
        </>
      )}
    </Page>
  );
}
