import { Anchor } from "@mantine/core";
import { useTranslations } from "use-intl";
import { Link } from "wouter";
import { isOwn } from "~/customer/notifications/matters";
import { NotificationPreferencesQuery } from "~/customer/notifications/operations";
import { PreferencesPage as Preferences } from "~/inbox/PreferencesPage";

/** What a member wants to be told. */
export function PreferencesPage() {
  const t = useTranslations("customerNotifications");
  return (
    <Preferences
      query={NotificationPreferencesQuery}
      wordsOf={(matter) => (isOwn(matter) ? { name: t(`matters.${matter}.name`), text: t(`matters.${matter}.text`) } : undefined)}
      lead={(email) =>
        t.rich("mailsGoTo", {
          email,
          profile: (text) => (
            <Anchor td="underline" component={Link} href="/settings/profile">
              {text}
            </Anchor>
          ),
        })
      }
    />
  );
}
