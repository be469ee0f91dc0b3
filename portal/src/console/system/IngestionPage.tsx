import { Button, Code, Group, Select, SimpleGrid, Stack, Table, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useTranslations } from "use-intl";
import { useSearchParams } from "wouter";
import type { ResultOf } from "~/api/graphql";
import { useChange } from "~/api/useChange";
import { useFormatter } from "~/app/format";
import { ReplayRejects, SystemIngestion } from "~/console/system/operations";
import { Rows, When } from "~/console/system/Rows";
import { SystemPage } from "~/console/system/SystemPage";
import { useMay } from "~/console/useMay";
import { Card } from "~/ui/Card";
import { EmptyState } from "~/ui/EmptyState";
import { PageTurner, useTurner } from "~/ui/PageTurner";

const SHOWN = 25;
const CODES = [
  "NOT_AN_OBJECT",
  "UNKNOWN_TYPE",
  "MISSING",
  "WRONG_TYPE",
  "TOO_LONG",
  "TOO_LARGE",
  "TOO_DEEP",
  "UNSTORABLE",
  "TIME_UNREADABLE",
  "TIME_ABSURD",
  "CONTRADICTS",
  "NOT_ALLOWED",
] as const;
type Answer = ResultOf<typeof SystemIngestion>;
type Reject = NonNullable<Answer["system"]>["ingestion"]["rejects"]["nodes"][number];

/** What comes in: from which sources and when last, how far behind it is, and what was refused and why. */
export function IngestionPage() {
  const t = useTranslations("consoleSystem");
  const format = useFormatter();
  const [parameters, setParameters] = useSearchParams();
  const code = CODES.find((each) => each === parameters.get("code")) ?? null;
  const sourceId = parameters.get("source");
  const turner = useTurner(`${code} ${sourceId}`);
  const may = useMay();
  const change = (to: { code?: string | null; source?: string | null }) => {
    const wanted = Object.entries({ code, source: sourceId, ...to }).flatMap(([name, value]) => (value === null ? [] : [[name, value]]));
    setParameters(Object.fromEntries(wanted) as Record<string, string>);
  };

  return (
    <SystemPage
      tab="ingestion"
      query={SystemIngestion}
      variables={{ code, sourceId, first: SHOWN, after: turner.after }}
      find={({ sources, system }) => system && { sources, ...system.ingestion }}
    >
      {({ sources, receivedPerMinute, lagSeconds, unresolvedEvents, rejects }) => (
        <Stack>
          <SimpleGrid cols={{ base: 1, xs: 3 }}>
            <Figure label={t("ingestion.rate")}>{format.number(receivedPerMinute, "count")}</Figure>
            <Figure label={t("ingestion.lag")}>{t("ingestion.seconds", { count: lagSeconds })}</Figure>
            <Figure label={t("ingestion.unresolved")}>{format.number(unresolvedEvents, "count")}</Figure>
          </SimpleGrid>
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
                  onChange={(next) => change({ code: next })}
                />
                <Select
                  label={t("ingestion.source")}
                  placeholder={t("ingestion.everySource")}
                  clearable
                  maw={320}
                  data={sources.map(({ id, name }) => ({ value: id, label: name }))}
                  value={sourceId}
                  onChange={(next) => change({ source: next })}
                />
                {rejects.nodes.length > 0 && may("system:write") && <Replay code={code} sourceKey={sources.find(({ id }) => id === sourceId)?.key ?? null} />}
              </Group>
              {rejects.nodes.length === 0 ? (
                <EmptyState title={t("ingestion.noRejects")}>{t("ingestion.noRejectsText")}</EmptyState>
              ) : (
                <Rows label={t("ingestion.rejects")} heads={[t("ingestion.received"), t("ingestion.source"), t("ingestion.reason"), t("ingestion.body")]}>
                  {rejects.nodes.map((reject) => (
                    <RejectLine key={reject.id} reject={reject} />
                  ))}
                </Rows>
              )}
              <Group justify="space-between">
                <Text size="sm" c="dimmed" aria-live="polite">
                  {t(rejects.totalCountIsCapped ? "countCapped" : "count", { count: rejects.totalCount })}
                </Text>
                <PageTurner turner={turner} pageInfo={rejects.pageInfo} />
              </Group>
              {rejects.nodes.length > 0 && (
                <Text size="sm" c="dimmed">
                  {t("ingestion.replayText")}
                </Text>
              )}
            </Stack>
          </Card>
        </Stack>
      )}
    </SystemPage>
  );
}

/** Takes the rejects that are shown in again, the oldest first; those whose reason still holds stay. */
function Replay({ code, sourceKey }: { code: Reject["code"] | null; sourceKey: string | null }) {
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

function Figure({ label, children }: { label: string; children: string }) {
  return (
    <div>
      <Text size="sm" c="dimmed">
        {label}
      </Text>
      <Text fz="xl" fw={700}>
        {children}
      </Text>
    </div>
  );
}

function RejectLine({ reject }: { reject: Reject }) {
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
