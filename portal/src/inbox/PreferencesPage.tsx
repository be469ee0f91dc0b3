import { Paper, Text } from "@mantine/core";
import type { ReactNode } from "react";
import type { TypedDocumentNode } from "urql";
import { useTranslations } from "use-intl";
import { Page } from "~/app/Page";
import classes from "~/inbox/Inbox.module.css";
import { Preference, type Wish } from "~/inbox/Preference";
import { EmptyState } from "~/ui/EmptyState";

type Viewer = { notificationPreferences: Wish[]; profile: { email: string | null } | null };

type Props = {
  query: TypedDocumentNode<{ viewer: Viewer | null }, Record<string, never>>;
  /** What a matter is called, and when it comes; undefined for what only a later release knows. */
  wordsOf: (matter: string) => { name: string; text: string } | undefined;
  /** Where the mails go. */
  lead: (email: string) => ReactNode;
};

/** What one wants to be told, and how: in the inbox, by mail, or not. */
export function PreferencesPage({ query, wordsOf, lead }: Props) {
  const t = useTranslations("inbox.preferences");
  return (
    <Page title={t("title")} query={query} variables={{}} find={({ viewer }) => viewer}>
      {({ notificationPreferences, profile }, again) => (
        <>
          <Text size="sm" c="dimmed" mb="md">
            {lead(profile?.email ?? "")}
          </Text>
          <Paper withBorder px="md">
            {notificationPreferences.length === 0 ? (
              <EmptyState title={t("nothing")} />
            ) : (
              <ul className={classes.list}>
                {notificationPreferences.map((wish) => {
                  const words = wordsOf(wish.matter);
                  return words && <Preference key={wish.matter} wish={wish} {...words} onSaved={again} />;
                })}
              </ul>
            )}
          </Paper>
        </>
      )}
    </Page>
  );
}
