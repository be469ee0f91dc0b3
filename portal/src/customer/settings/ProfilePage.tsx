import { useTranslations } from "use-intl";
import { Page } from "~/app/Page";
import { ProfileQuery } from "~/customer/settings/operations";
import { Profile } from "~/settings/Profile";

/** Who a customer is here: their name and time zone. */
export function ProfilePage() {
  const t = useTranslations("settings.profile");
  return (
    <Page title={t("title")} query={ProfileQuery} variables={{}} find={({ viewer }) => viewer}>
      {(own, again) => (
        <Profile own={own} company={own.account?.name} mayWrite={own.permissions.includes("profile:write")} onSaved={again} />
      )}
    </Page>
  );
}
