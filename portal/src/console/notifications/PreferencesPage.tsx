import { useTranslations } from "use-intl";
import { isOfStaff } from "~/console/notifications/matters";
import { StaffPreferencesQuery } from "~/console/notifications/operations";
import { PreferencesPage as Preferences } from "~/inbox/PreferencesPage";

/** What somebody of the staff wants to be told. */
export function PreferencesPage() {
  const t = useTranslations("consoleNotifications");
  return (
    <Preferences
      query={StaffPreferencesQuery}
      wordsOf={(matter) => (isOfStaff(matter) ? { name: t(`matters.${matter}.name`), text: t(`matters.${matter}.text`) } : undefined)}
      lead={(email) => t("mailsGoTo", { email })}
    />
  );
}
