import "@mantine/charts/styles.css";
import { BarChart } from "@mantine/charts";
import { Text } from "@mantine/core";
import { useTranslations } from "use-intl";
import { useFormatter } from "~/app/format";
import { daysFrom, noonOf } from "~/ui/days";

type Props = { points: { on: string; value: number }[]; from: string; to: string };

/** A metric by day, over all days of a span; those without anything recorded have no bar. */
export function UsageChart({ points, from, to }: Props) {
  const t = useTranslations("consoleAccount");
  const format = useFormatter();
  const day = (value: string) => format.dateTime(noonOf(value), "dayOfYear");
  const values = new Map(points.map(({ on, value }) => [on, value]));
  const total = points.reduce((sum, { value }) => sum + value, 0);
  return (
    <figure>
      <BarChart
        h={220}
        aria-hidden
        data={daysFrom(from, to).map((on) => ({ on, [t("value")]: values.get(on) ?? null }))}
        dataKey="on"
        series={[{ name: t("value"), color: "waymark.6" }]}
        barChartProps={{ accessibilityLayer: false }}
        xAxisProps={{ tickFormatter: day, minTickGap: 40 }}
        valueFormatter={(value) => format.number(value, "count")}
      />
      <Text component="figcaption" size="sm" c="dimmed">
        {t("usageInWords", { total, days: points.length })}
      </Text>
    </figure>
  );
}
