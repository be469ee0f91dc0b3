import { Anchor, Stack, Table, Text } from "@mantine/core";
import { useNow, useTranslations } from "use-intl";
import { Link } from "wouter";
import type { ResultOf } from "~/api/graphql";
import { useFormatter } from "~/app/format";
import { Mark } from "~/console/Mark";
import { SystemSources } from "~/console/system/operations";
import { Rows, When } from "~/console/system/Rows";
import { SystemPage } from "~/console/system/SystemPage";
import { EmptyState } from "~/ui/EmptyState";
import { noonOf } from "~/ui/days";

/** How feeds of what is counted begin; what follows is the metric’s key. */
const METRIC = /^metric:/;
const TONES = { NEW: "UNKNOWN", FLOWING: "GREEN", SILENT: "RED" } as const;
type Source = ResultOf<typeof SystemSources>["sources"][number];

/** The systems that facts come from: whether each delivers as it usually does, what it reaches, and what was refused of it. */
export function SourcesPage() {
  const t = useTranslations("consoleSystem.sources");
  return (
    <SystemPage tab="sources" query={SystemSources} variables={{}} find={({ sources }) => sources}>
      {(sources) => (
        <Stack>
          {sources.length === 0 ? (
            <EmptyState title={t("none")}>{t("noneText")}</EmptyState>
          ) : (
            <Rows label={t("label")} minWidth={960} heads={[t("source"), t("state"), t("last"), t("feed"), t("reach"), t("covers"), t("refused")]}>
              {sources.map((source) => (
                <Line key={source.id} source={source} />
              ))}
            </Rows>
          )}
          <Text size="sm" c="dimmed">
            {t("silent")}
          </Text>
        </Stack>
      )}
    </SystemPage>
  );
}

function Line({ source }: { source: Source }) {
  const t = useTranslations("consoleSystem.sources");
  const format = useFormatter();
  const now = useNow();
  const { id, name, key, kind, lastReceivedAt, feeds, rhythm, recentRejectCount } = source;
  const day = (date: string) => format.dateTime(noonOf(date), "day");
  return (
    <Table.Tr>
      <Table.Td>
        <Text size="sm" fw={600}>
          {name}
        </Text>
        <Text size="xs" c="dimmed">
          {t("named", { key, kind: t(`kinds.${kind}`) })}
        </Text>
      </Table.Td>
      <Table.Td>{rhythm !== null && <Rhythm rhythm={rhythm} />}</Table.Td>
      <Table.Td>
        {lastReceivedAt === null ? (
          t("never")
        ) : (
          <>
            {format.relativeTime(new Date(lastReceivedAt), now)}
            <Text size="xs" c="dimmed">
              <When at={lastReceivedAt} />
            </Text>
          </>
        )}
      </Table.Td>
      <Table.Td>{feeds.length === 0 ? "–" : feeds.map(({ feed }) => <Text key={feed} size="sm">{feed.replace(METRIC, "")}</Text>)}</Table.Td>
      <Table.Td>
        {feeds.length === 0
          ? "–"
          : feeds.map(({ feed, reach }) => (
              <Text key={feed} size="sm">
                {reach === null ? "–" : t("reachIs", { share: format.number(reach, { style: "percent", maximumFractionDigits: 0 }) })}
              </Text>
            ))}
      </Table.Td>
      <Table.Td>
        {feeds.length === 0
          ? "–"
          : feeds.map(({ feed, since, until }) => (
              <Text key={feed} size="sm">
                {t("span", { since: day(since), until: day(until) })}
              </Text>
            ))}
      </Table.Td>
      <Table.Td>
        {recentRejectCount === 0 ? (
          t("noneRefused")
        ) : (
          <Anchor component={Link} href={`/system/ingestion?source=${id}`} size="sm">
            {t("refusedCount", { count: recentRejectCount })}
          </Anchor>
        )}
      </Table.Td>
    </Table.Tr>
  );
}

/** Whether it delivers, since when not, and how often it usually does. */
function Rhythm({ rhythm: { state, silentDays, usualGapDays, patienceDays } }: { rhythm: NonNullable<Source["rhythm"]> }) {
  const t = useTranslations("consoleSystem.sources");
  const lines = [
    silentDays === null ? t("newText") : t(state === "SILENT" ? "quietFor" : "lastDay", { days: silentDays }),
    usualGapDays === null ? undefined : t("usually", { days: usualGapDays }),
    state === "FLOWING" ? t("silentAfter", { days: patienceDays }) : undefined,
  ];
  return (
    <>
      <Mark tone={TONES[state]}>{t(`states.${state}`)}</Mark>
      {lines.map((line) => (
        <Text key={line} size="xs" c="dimmed">
          {line}
        </Text>
      ))}
    </>
  );
}
