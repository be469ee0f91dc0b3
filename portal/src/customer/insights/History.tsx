import { Group, List, SegmentedControl, Skeleton, Stack, Text } from "@mantine/core";
import { Suspense, lazy } from "react";
import { useTranslations } from "use-intl";
import { useSearchParams } from "wouter";
import { graphql, type FragmentOf } from "~/api/graphql";
import { useFormatter } from "~/app/format";
import { HistoryTable } from "~/customer/insights/HistoryTable";
import { noonOf } from "~/ui/days";

export const point = graphql(`
  fragment Point on HealthPoint {
    on
    score
    band
    words
  }
`);

export const happening = graphql(`
  fragment Happening on AccountMark {
    on
    kind
    sentence
  }
`);

export type PointData = FragmentOf<typeof point>;
export type HappeningData = FragmentOf<typeof happening>;

/** Charts weigh more than all else: they come after the page. */
const HistoryChart = lazy(() => import("~/customer/insights/HistoryChart").then((module) => ({ default: module.HistoryChart })));

type Props = { points: PointData[]; happenings: HappeningData[]; days: { from: string; to: string } };

/** The standing of each day as a chart with what happened marked in it, or the same as a table. */
export function History({ points, happenings, days }: Props) {
  const t = useTranslations("customerInsights");
  const format = useFormatter();
  const [search, setSearch] = useSearchParams();
  const isTable = search.get("as") === "table";
  const choose = (as: string) =>
    setSearch((now) => {
      now.set("as", as);
      return now;
    });

  if (points.length === 0) return <Text c="dimmed">{t("noHistory")}</Text>;
  return (
    <Stack gap="sm">
      <Group justify="flex-end">
        <SegmentedControl
          size="xs"
          aria-label={t("as")}
          value={isTable ? "table" : "chart"}
          onChange={choose}
          data={[
            { value: "chart", label: t("chart") },
            { value: "table", label: t("table") },
          ]}
        />
      </Group>
      {isTable ? (
        <HistoryTable points={points} happenings={happenings} />
      ) : (
        <>
          <Suspense fallback={<Skeleton height={260} />}>
            <HistoryChart points={points} happenings={happenings} {...days} />
          </Suspense>
          {happenings.length > 0 && (
            <List type="ordered" size="sm" spacing={4} aria-label={t("happenings")}>
              {happenings.map(({ on, kind, sentence }) => (
                <List.Item key={`${on} ${kind}`}>
                  {format.dateTime(noonOf(on), "day")}: {sentence}
                </List.Item>
              ))}
            </List>
          )}
        </>
      )}
    </Stack>
  );
}
