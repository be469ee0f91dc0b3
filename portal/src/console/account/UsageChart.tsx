import "@mantine/charts/styles.css";
import { BarChart } from "@mantine/charts";
import { Text } from "@mantine/core";
import { useTranslations } from "use-intl";
import { useFormatter } from "~/app/format";
import { noonOf } from "~/ui/days";

type Props = { points: { on: string; value: number }[] };

/** A metric by day; days without anything recorded have no bar. */
export function UsageChart({ points }: Props) {
  const t = useTranslations("consoleAccount");
  const format = useFormatter();
  const day = (value: string) => format.dateTime(noonOf(value), "dayOfYear");
  const total = points.reduce((sum, { value }) => sum + value, 0);
  return (
    <figure>
      <BarChart
        h={220}
        aria-hidden
        data={points.map(({ on, value }) => ({ on, [t("value")]: value }))}
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
