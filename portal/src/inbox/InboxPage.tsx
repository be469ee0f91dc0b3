import { Anchor, Button, Group, Paper, SegmentedControl } from "@mantine/core";
import { IconChecks } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { useClient, type TypedDocumentNode } from "urql";
import { useTranslations } from "use-intl";
import { Link, useSearchParams } from "wouter";
import { useChange } from "~/api/useChange";
import { Page } from "~/app/Page";
import classes from "~/inbox/Inbox.module.css";
import { NotificationLine, type Look, type Notification } from "~/inbox/NotificationLine";
import { MarkNotificationsRead, UnreadQuery } from "~/inbox/operations";
import { EmptyState } from "~/ui/EmptyState";
import { PageTurner, useTurner } from "~/ui/PageTurner";

const ALL = "all";

type Viewer<Line> = {
  unreadNotificationCount: number;
  notifications: { nodes: Line[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };
};

type Props<Line extends Notification> = {
  query: TypedDocumentNode<{ viewer: Viewer<Line> | null }, { isRead: boolean | null; after: string | null }>;
  lookOf: (notification: Line) => Look;
  /** What would be here. */
  nothing: string;
  /** Where one chooses what one is told. */
  preferences: string;
};

/** What one was told, the newest first: what is new, and how to have it read. */
export function InboxPage<Line extends Notification>({ query, lookOf, nothing, preferences }: Props<Line>) {
  const t = useTranslations("inbox");
  const [search, setSearch] = useSearchParams();
  const isUnreadOnly = search.get("show") === "unread";
  const turner = useTurner(String(isUnreadOnly));
  const client = useClient();
  const mark = useChange(MarkNotificationsRead);
  const [marking, setMarking] = useState<string>();

  const read = async (which: string, notificationIds: string[] | null) => {
    setMarking(which);
    const { payload } = await mark.run({ input: { notificationIds } });
    setMarking(undefined);
    // By the client, since whoever followed the notification is on another page by now.
    if (payload !== undefined) await client.query(UnreadQuery, {}, { requestPolicy: "network-only" }).toPromise();
    return payload !== undefined;
  };

  return (
    <Page title={t("title")} query={query} variables={{ isRead: isUnreadOnly ? false : null, after: turner.after }} find={({ viewer }) => viewer}>
      {({ notifications: { nodes, pageInfo }, unreadNotificationCount }, again) => (
        <>
          <News count={unreadNotificationCount} onNews={again} />
          <Group justify="space-between" mb="md">
            <SegmentedControl
              aria-label={t("which")}
              value={isUnreadOnly ? "unread" : ALL}
              onChange={(chosen) => setSearch(chosen === ALL ? {} : { show: chosen })}
              data={[
                { value: ALL, label: t("all") },
                { value: "unread", label: t("unread", { count: unreadNotificationCount }) },
              ]}
            />
            {unreadNotificationCount > 0 && (
              <Button
                variant="default"
                leftSection={<IconChecks size={16} aria-hidden />}
                loading={marking === ALL}
                onClick={() => void read(ALL, null).then((isDone) => isDone && again())}
              >
                {t("markAll")}
              </Button>
            )}
          </Group>
          <Paper withBorder>
            {nodes.length === 0 ? (
              <EmptyState title={t(isUnreadOnly ? "nothingNew" : "nothing")}>{nothing}</EmptyState>
            ) : (
              <ul className={classes.list}>
                {nodes.map((notification) => (
                  <NotificationLine
                    key={notification.id}
                    notification={notification}
                    look={lookOf(notification)}
                    isMarking={marking === notification.id}
                    onRead={() => void read(notification.id, [notification.id])}
                  />
                ))}
              </ul>
            )}
          </Paper>
          <Group justify="space-between" mt="sm">
            <Anchor component={Link} href={preferences} size="sm">
              {t("choose")}
            </Anchor>
            <PageTurner turner={turner} pageInfo={pageInfo} />
          </Group>
        </>
      )}
    </Page>
  );
}

/** Asks for the list anew when the bell's count rose: something came. */
function News({ count, onNews }: { count: number; onNews: () => void }) {
  const known = useRef(count);
  useEffect(() => {
    if (count > known.current) onNews();
    known.current = count;
  });
  return null;
}
