import { Group, Text, Timeline } from "@mantine/core";
import { useTranslations } from "use-intl";
import type { FragmentOf } from "~/api/graphql";
import { useFormatter } from "~/app/format";
import type { timelineLine } from "~/console/account/fragments";
import { NoteMenu } from "~/console/account/NoteMenu";
import { useMay } from "~/console/useMay";
import { EmptyState } from "~/ui/EmptyState";
import { useKeptFocus } from "~/ui/useKeptFocus";

type Props = { entries: FragmentOf<typeof timelineLine>[]; me: string | undefined; onChanged: () => void };

/** What happened, the latest first; one's own notes can be written anew and deleted. */
export function Entries({ entries, me, onChanged }: Props) {
  const t = useTranslations("consoleAccount");
  const format = useFormatter();
  const may = useMay();
  const keptFocus = useKeptFocus();
  if (entries.length === 0) return <EmptyState title={t("nothingHappened")} />;
  return (
    <Timeline bulletSize={14} lineWidth={2} mb="md" {...keptFocus}>
      {entries.map((entry) => (
        <Timeline.Item key={entry.id}>
          <Group gap="xs" wrap="nowrap" align="flex-start">
            <Text size="sm">{entry.sentence}</Text>
            {entry.__typename === "Note" && entry.writtenBy !== null && entry.writtenBy.id === me && may("accounts:write") && (
              <NoteMenu note={entry} onChanged={onChanged} />
            )}
          </Group>
          <Text size="xs" c="dimmed">
            {format.dateTime(new Date(entry.happenedAt), "moment")}
            {entry.__typename === "Note" && entry.editedAt !== null && ` · ${t("note.edited")}`}
          </Text>
        </Timeline.Item>
      ))}
    </Timeline>
  );
}
