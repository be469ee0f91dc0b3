import { LineChart } from "@mantine/charts";
import "@mantine/charts/styles.css";
import { useTranslations } from "use-intl";
import { useFormatter } from "~/app/format";
import type { HappeningData, PointData } from "~/customer/insights/History";
import { daysFrom, noonOf } from "~/ui/days";

const LEVELS = { RED: 1, YELLOW: 2, GREEN: 3, INSUFFICIENT_DATA: null };

type Props = { points: PointData[]; happenings: HappeningData[]; from: string; to: string };

/**
 * Points where the tier shows them, else steps between words, over all days of a span; a numbered line stands where something
 * happened.
 */
export function HistoryChart({ points, happenings, from, to }: Props) {
  const t = useTranslations("customerInsights");
  const format = useFormatter();
  const day = (on: string) => format.dateTime(noonOf(on), "dayOfYear");
  const inPoints = points.some(({ score }) => score !== null);
  const known = new Map(points.map(({ band, words }) => [LEVELS[band], words]));
  const wordsOf = (level: number) => known.get(level) ?? "";
  const standings = new Map(points.map(({ on, score, band }) => [on, inPoints ? score : LEVELS[band]]));
  const span = daysFrom(from, to);
  const shown = new Set(span);
  const marks = happenings.flatMap(({ on }, place) => (shown.has(on) ? [{ x: on, label: String(place + 1), color: "gray" }] : []));

  return (
    <LineChart
      h={260}
      role="img"
      aria-label={t("chartLabel")}
      data={span.map((on) => ({ on, standing: standings.get(on) ?? null }))}
      dataKey="on"
      series={[{ name: "standing", label: t("standingColumn"), color: "waymark.6" }]}
      curveType={inPoints ? "linear" : "stepAfter"}
      withDots={false}
      connectNulls={false}
      referenceLines={marks}
      valueFormatter={(value) => (inPoints ? format.number(value, "score") : wordsOf(value))}
      xAxisProps={{ tickFormatter: day, minTickGap: 40 }}
      yAxisProps={
        inPoints
          ? { domain: [0, 100], width: 40 }
          : { domain: [0.5, 3.5], ticks: [...known.keys()].filter((level) => level !== null).toSorted(), tickFormatter: wordsOf, width: 84 }
      }
      tooltipProps={{ labelFormatter: (on) => (typeof on === "string" ? day(on) : on) }}
      lineChartProps={{ margin: { top: 20, right: 8 } }}
    />
  );
}
