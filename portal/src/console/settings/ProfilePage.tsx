import { useTranslations } from "use-intl";
import { Page } from "~/app/Page";
import { StaffProfileQuery } from "~/console/settings/operations";
import { Profile } from "~/settings/Profile";

/** Who somebody of the staff is here: their name and time zone. */
export function ProfilePage() {
  const t = useTranslations("settings.profile");
  return (
    <Page title={t("title")} query={StaffProfileQuery} variables={{}} find={({ viewer }) => viewer}>
      {(own, again) => <Profile own={own} mayWrite onSaved={again} />}
    </Page>
  );
}
