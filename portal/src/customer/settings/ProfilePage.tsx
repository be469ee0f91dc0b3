import { Text } from "@mantine/core";
import { useTranslations } from "use-intl";
import { Page } from "~/app/Page";
import { ProfileQuery } from "~/customer/settings/operations";
import { ProfileForm } from "~/customer/settings/ProfileForm";
import { Card } from "~/ui/Card";

/** Who somebody is here: their name, language and time zone. */
export function ProfilePage() {
  const t = useTranslations("customerSettings.profile");
  return (
    <Page title={t("title")} query={ProfileQuery} variables={{}} find={({ viewer }) => viewer}>
      {({ profile, permissions, account }, again) => (
        <Card title={profile?.displayName ?? ""}>
          <Text size="sm" c="dimmed" mb="md">
            {[profile?.title, account?.name, profile?.email].filter(Boolean).join(" · ")}
          </Text>
          {profile !== null && permissions.includes("profile:write") && <ProfileForm profile={profile} onSaved={again} />}
        </Card>
      )}
    </Page>
  );
}
