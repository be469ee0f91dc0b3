import { ActionIcon, Anchor, Text, ThemeIcon, Tooltip, VisuallyHidden } from "@mantine/core";
import { IconCheck, type Icon } from "@tabler/icons-react";
import { useTranslations } from "use-intl";
import { Link } from "wouter";
import { graphql, type FragmentOf } from "~/api/graphql";
import { useFormatter } from "~/app/format";
import classes from "~/inbox/Inbox.module.css";

export const notificationLine = graphql(`
  fragment NotificationLine on Notification {
    id
    matter
    title
    createdAt
    readAt
  }
`);

export type Notification = FragmentOf<typeof notificationLine>;

/** How a notification looks: where more of it is to be seen, its picture, and what else is to be said of it. */
export type Look = { to: string | undefined; icon: Icon; color: string; more?: string | undefined };

type Props = { notification: Notification; look: Look; isMarking: boolean; onRead: () => void };

/** Something that one was told: what, when, and the way to see more of it, which marks it as read. */
export function NotificationLine({ notification: { title, createdAt, readAt }, look, isMarking, onRead }: Props) {
  const t = useTranslations("inbox");
  const format = useFormatter();
  const { to, icon: Picture, color, more } = look;
  const isNew = readAt === null;

  return (
    <li className={classes.line} data-new={isNew || undefined}>
      <ThemeIcon variant="light" color={color} size="lg" radius="xl" aria-hidden>
        <Picture size={18} stroke={1.6} />
      </ThemeIcon>
      <div className={classes.what}>
        {isNew && <VisuallyHidden>{t("isNew")}</VisuallyHidden>}
        {to === undefined ? (
          <Text size="sm" fw={isNew ? 650 : 400}>
            {title}
          </Text>
        ) : (
          <Anchor component={Link} href={to} size="sm" fw={isNew ? 650 : 400} c="var(--mantine-color-text)" onClick={isNew ? onRead : undefined}>
            {title}
          </Anchor>
        )}
        {more !== undefined && <Text size="sm">{more}</Text>}
        <Text size="xs" c="dimmed">
          <time dateTime={createdAt}>{format.relativeTime(new Date(createdAt), new Date())}</time>
        </Text>
      </div>
      {isNew && (
        <Tooltip label={t("mark")}>
          <ActionIcon variant="subtle" color="gray" loading={isMarking} onClick={onRead} aria-label={t("markOf", { title })}>
            <IconCheck size={18} stroke={1.6} aria-hidden />
          </ActionIcon>
        </Tooltip>
      )}
    </li>
  );
}
