import "@mantine/charts/styles.css";
import { LineChart } from "@mantine/charts";
import { Text } from "@mantine/core";
import { useTranslations } from "use-intl";
import { useFormatter } from "~/app/format";
import { daysFrom, noonOf } from "~/ui/days";

type Props = {
  points: { on: string; score: number | null }[];
  from: string;
  to: string;
  /** Where the bands meet now. */
  cuts: { redBelow: number; greenAbove: number } | null;
};

/**
 * Closing scores by day, over all days of a span; the line is broken where there was none. Readers of the screen get the ends
 * and the extremes in words.
 */
export function HistoryChart({ points, from, to, cuts }: Props) {
  const t = useTranslations("consoleAccount");
  const format = useFormatter();
  const scored = points.filter((point): point is { on: string; score: number } => point.score !== null);
  const [first] = scored;
  const last = scored.at(-1);
  if (first === undefined || last === undefined) return <Text c="dimmed">{t("noHistory")}</Text>;

  const day = (value: string) => format.dateTime(noonOf(value), "dayOfYear");
  const closing = new Map(scored.map(({ on, score }) => [on, score]));
  const scores = scored.map(({ score }) => score);
  const words = t("historyInWords", {
    from: day(first.on),
    to: day(last.on),
    first: Math.round(first.score),
    last: Math.round(last.score),
    lowest: Math.round(Math.min(...scores)),
    highest: Math.round(Math.max(...scores)),
  });
  return (
    <figure>
      <LineChart
        h={220}
        aria-hidden
        data={daysFrom(from, to).map((on) => ({ on, [t("score")]: closing.get(on) ?? null }))}
        dataKey="on"
        series={[{ name: t("score"), color: "waymark.6" }]}
        lineChartProps={{ accessibilityLayer: false }}
        withDots={false}
        connectNulls={false}
        curveType="linear"
        yAxisProps={{ domain: [0, 100] }}
        xAxisProps={{ tickFormatter: day, minTickGap: 40 }}
        valueFormatter={(value) => format.number(value, "score")}
        referenceLines={
          cuts === null
            ? []
            : [
                { y: cuts.redBelow, color: "red.6" },
                { y: cuts.greenAbove, color: "green.6" },
              ]
        }
      />
      <Text component="figcaption" size="sm" c="dimmed">
        {words}
      </Text>
    </figure>
  );
}
