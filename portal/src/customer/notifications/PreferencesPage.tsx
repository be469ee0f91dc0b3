import { Anchor, Paper, Text } from "@mantine/core";
import { useTranslations } from "use-intl";
import { Link } from "wouter";
import { Page } from "~/app/Page";
import { isOwn } from "~/customer/notifications/matters";
import classes from "~/inbox/Inbox.module.css";
import { NotificationPreferencesQuery } from "~/customer/notifications/operations";
import { Preference } from "~/customer/notifications/Preference";
import { EmptyState } from "~/ui/EmptyState";

/** What one wants to be told, and how: in the portal, by mail, or not. */
export function PreferencesPage() {
  const t = useTranslations("customerNotifications.preferences");
  return (
    <Page title={t("title")} query={NotificationPreferencesQuery} variables={{}} find={({ viewer }) => viewer}>
      {({ notificationPreferences, profile }, again) => (
        <>
          <Text size="sm" c="dimmed" mb="md">
            {t.rich("text", {
              email: profile?.email ?? "",
              profile: (text) => (
                <Anchor td="underline" component={Link} href="/settings/profile">
                  {text}
                </Anchor>
              ),
            })}
          </Text>
          <Paper withBorder px="md">
            {notificationPreferences.length === 0 ? (
              <EmptyState title={t("nothing")} />
            ) : (
              <ul className={classes.list}>
                {notificationPreferences.map((preference) =>
                  isOwn(preference.matter) ? (
                    <Preference key={preference.matter} preference={{ ...preference, matter: preference.matter }} onSaved={again} />
                  ) : null,
                )}
              </ul>
            )}
          </Paper>
        </>
      )}
    </Page>
  );
}
