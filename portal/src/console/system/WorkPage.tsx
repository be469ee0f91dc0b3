import { Anchor, Button, Code, Group, SegmentedControl, Stack, Table, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useTranslations } from "use-intl";
import { Link, useSearchParams } from "wouter";
import type { ResultOf } from "~/api/graphql";
import { useChange } from "~/api/useChange";
import { Rows, When } from "~/console/system/Rows";
import { SystemPage } from "~/console/system/SystemPage";
import { RerunWorkItem, SystemWork } from "~/console/system/operations";
import { useMay } from "~/console/useMay";
import { EmptyState } from "~/ui/EmptyState";
import { ListFoot } from "~/ui/ListFoot";
import { useTurner } from "~/ui/PageTurner";

const SHOWN = 50;
const STATES = ["PARKED", "WAITING", "RUNNING", "FINISHED"] as const;
type Item = NonNullable<ResultOf<typeof SystemWork>["system"]>["work"]["nodes"][number];

/** What Waymark does in the background: first what was given up and why, to be run again. */
export function WorkPage() {
  const t = useTranslations("consoleSystem");
  const [parameters, setParameters] = useSearchParams();
  const state = STATES.find((each) => each === parameters.get("state")) ?? "PARKED";
  const kind = parameters.get("kind");
  const turner = useTurner(`${state} ${kind ?? ""}`);
  const choose = (name: string, value: string | null) =>
    setParameters((now) => {
      if (value === null) now.delete(name);
      else now.set(name, value);
      return now;
    });

  const may = useMay();

  return (
    <SystemPage
      tab="work"
      query={SystemWork}
      variables={{ state, kind, first: SHOWN, after: turner.after }}
      find={({ system }) => system?.work}
    >
      {(work) => (
        <Stack>
          <Group>
            <SegmentedControl
              aria-label={t("work.state")}
              data={STATES.map((value) => ({ value, label: t(`work.states.${value}`) }))}
              value={state}
              onChange={(next) => choose("state", next === "PARKED" ? null : next)}
            />
            {kind !== null && (
              <Button variant="light" size="compact-sm" onClick={() => choose("kind", null)}>
                {t("work.everyKind", { kind })}
              </Button>
            )}
          </Group>
          {work.nodes.length === 0 ? (
            <EmptyState title={t(`work.none.${state}`)}>{state === "PARKED" ? t("work.noneText") : undefined}</EmptyState>
          ) : (
            <Rows label={t("tabs.work")} heads={[t("work.kind"), t("work.asked"), t(`work.moment.${state}`), t("work.attempts"), t("work.error")]}>
              {work.nodes.map((item) => (
                <Line key={item.id} item={item} mayRun={may("system:write")} />
              ))}
            </Rows>
          )}
          <ListFoot count={t(work.totalCountIsCapped ? "countCapped" : "count", { count: work.totalCount })} turner={turner} pageInfo={work.pageInfo} />
        </Stack>
      )}
    </SystemPage>
  );
}

function Line({ item, mayRun }: { item: Item; mayRun: boolean }) {
  const t = useTranslations("consoleSystem");
  const { run, isRunning } = useChange(RerunWorkItem);
  const rerun = async () => {
    const { payload } = await run({ input: { workItemId: item.id } });
    if (payload !== undefined) notifications.show({ message: t("work.runsAgain", { kind: item.kind }) });
  };
  return (
    <Table.Tr>
      <Table.Td>
        <Anchor component={Link} href={`/system/work?state=${item.state}&kind=${encodeURIComponent(item.kind)}`} size="sm" fw={600}>
          {item.kind}
        </Anchor>
        <Text size="xs" c="dimmed">
          {t(`work.queues.${item.queue}`)}
        </Text>
      </Table.Td>
      <Table.Td>
        <When at={item.createdAt} />
      </Table.Td>
      <Table.Td>
        <When at={item.parkedAt ?? item.finishedAt ?? item.runAt} />
      </Table.Td>
      <Table.Td>{item.attempts}</Table.Td>
      <Table.Td>
        <Stack gap="xs" align="flex-start">
          {item.lastError === null ? "–" : <Code block>{item.lastError}</Code>}
          {mayRun && item.state === "PARKED" && (
            <Button size="compact-sm" loading={isRunning} aria-label={t("work.rerunOf", { kind: item.kind })} onClick={() => void rerun()}>
              {t("work.rerun")}
            </Button>
          )}
        </Stack>
      </Table.Td>
    </Table.Tr>
  );
}
