import { Button, Code, Group, Select, Stack, Table, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useTranslations } from "use-intl";
import { useChange } from "~/api/useChange";
import { CODES, type Ingestion, type RejectCode } from "~/console/system/ingestion";
import { ReplayRejects } from "~/console/system/operations";
import { Rows, When } from "~/console/system/Rows";
import { useMay } from "~/console/useMay";
import { Card } from "~/ui/Card";
import { EmptyState } from "~/ui/EmptyState";
import { ListFoot } from "~/ui/ListFoot";
import type { useTurner } from "~/ui/PageTurner";

type Rejects = NonNullable<Ingestion["rejects"]>;
type Props = {
  rejects: Rejects;
  sources: { id: string; key: string; name: string }[];
  code: RejectCode | null;
  sourceId: string | null;
  onChoose: (to: { code?: string | null; source?: string | null }) => void;
  turner: ReturnType<typeof useTurner>;
};

/** What was refused and why; whoever may, has it taken in again when the reason is gone. */
export function RejectsCard({ rejects, sources, code, sourceId, onChoose, turner }: Props) {
  const t = useTranslations("consoleSystem");
  const may = useMay();
  return (
    <Card title={t("ingestion.rejects")}>
      <Stack>
        <Group align="flex-end">
          <Select
            label={t("ingestion.why")}
            placeholder={t("ingestion.everyReason")}
            clearable
            maw={320}
            data={CODES.map((value) => ({ value, label: t(`ingestion.codes.${value}`) }))}
            value={code}
            onChange={(next) => onChoose({ code: next })}
          />
          <Select
            label={t("ingestion.source")}
            placeholder={t("ingestion.everySource")}
            clearable
            maw={320}
            data={sources.map(({ id, name }) => ({ value: id, label: name }))}
            value={sourceId}
            onChange={(next) => onChoose({ source: next })}
          />
          {rejects.nodes.length > 0 && may("system:write") && <Replay code={code} sourceKey={sources.find(({ id }) => id === sourceId)?.key ?? null} />}
        </Group>
        {rejects.nodes.length === 0 ? (
          <EmptyState title={t("ingestion.noRejects")}>{t("ingestion.noRejectsText")}</EmptyState>
        ) : (
          <Rows label={t("ingestion.rejects")} heads={[t("ingestion.received"), t("ingestion.source"), t("ingestion.reason"), t("ingestion.body")]}>
            {rejects.nodes.map((reject) => (
              <Line key={reject.id} reject={reject} />
            ))}
          </Rows>
        )}
        <ListFoot count={t(rejects.totalCountIsCapped ? "countCapped" : "count", { count: rejects.totalCount })} turner={turner} pageInfo={rejects.pageInfo} />
        {rejects.nodes.length > 0 && (
          <Text size="sm" c="dimmed">
            {t("ingestion.replayText")}
          </Text>
        )}
      </Stack>
    </Card>
  );
}

/** Takes the rejects that are shown in again, the oldest first; those whose reason still holds stay. */
function Replay({ code, sourceKey }: { code: RejectCode | null; sourceKey: string | null }) {
  const t = useTranslations("consoleSystem");
  const { run, isRunning } = useChange(ReplayRejects);
  const replay = async () => {
    const { payload } = await run({ input: { code, sourceKey } });
    if (payload !== undefined) {
      notifications.show({ message: t("ingestion.taken", { taken: payload.takenCount ?? 0, refused: payload.refusedCount ?? 0 }) });
    }
  };
  return (
    <Button variant="default" loading={isRunning} onClick={() => void replay()}>
      {t("ingestion.replay")}
    </Button>
  );
}

function Line({ reject }: { reject: Rejects["nodes"][number] }) {
  const t = useTranslations("consoleSystem");
  return (
    <Table.Tr>
      <Table.Td>
        <When at={reject.receivedAt} />
      </Table.Td>
      <Table.Td>{reject.source?.name ?? "–"}</Table.Td>
      <Table.Td>
        <Text size="sm" fw={600}>
          {t(`ingestion.codes.${reject.code}`)}
        </Text>
        <Text size="sm">{reject.field === "" ? reject.reason : t("ingestion.fieldReason", { field: reject.field, reason: reject.reason })}</Text>
        {reject.replayedAt !== null && (
          <Text size="xs" c="dimmed">
            {t("ingestion.replayed")} <When at={reject.replayedAt} />
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        <details>
          <summary>{reject.messageId ?? t("ingestion.show")}</summary>
          <Code block>{reject.body}</Code>
        </details>
      </Table.Td>
    </Table.Tr>
  );
}
