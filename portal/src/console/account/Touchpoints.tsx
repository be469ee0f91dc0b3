import { Text, Timeline } from "@mantine/core";
import { useTranslations } from "use-intl";
import type { FragmentOf } from "~/api/graphql";
import { useFormatter } from "~/app/format";
import type { touchpointLine } from "~/console/account/fragments";
import { EmptyState } from "~/ui/EmptyState";

/** Who spoke with an account, the latest first. */
export function Touchpoints({ touchpoints }: { touchpoints: FragmentOf<typeof touchpointLine>[] }) {
  const t = useTranslations("consoleAccount");
  const format = useFormatter();
  if (touchpoints.length === 0) return <EmptyState title={t("noTouchpoints")}>{t("noTouchpointsText")}</EmptyState>;
  return (
    <Timeline bulletSize={14} lineWidth={2}>
      {touchpoints.map(({ id, kind, summary, occurredAt, loggedBy }) => (
        <Timeline.Item key={id} title={t(`touchKinds.${kind}`)}>
          <Text size="sm" lineClamp={6}>
            {summary}
          </Text>
          <Text size="xs" c="dimmed">
            {format.dateTime(new Date(occurredAt), "moment")}
            {loggedBy !== null && ` · ${loggedBy.displayName}`}
          </Text>
        </Timeline.Item>
      ))}
    </Timeline>
  );
}
