import { Group, Text } from "@mantine/core";
import { useTranslations } from "use-intl";
import { graphql, type FragmentOf } from "~/api/graphql";
import { useFormatter } from "~/app/format";
import { Limit, limits } from "~/customer/home/Limits";
import classes from "~/customer/insights/Insights.module.css";
import { Sparkline } from "~/ui/Sparkline";

export const featureUse = graphql(
  `
    fragment FeatureUse on MetricUsage {
      key
      metric {
        key
        name
        unit
        description
        isCore
      }
      total
      points {
        on
        value
      }
      limit {
        ...Limits
      }
    }
  `,
  [limits],
);

type Props = { use: FragmentOf<typeof featureUse>; days: { from: string; to: string } };

/** How much of one feature was used, day by day, and how far that is from what the plan includes. */
export function FeatureUse({ use: { key, metric, total, points, limit }, days }: Props) {
  const t = useTranslations("customerInsights");
  const format = useFormatter();
  const name = metric?.name ?? key;
  return (
    <li className={classes.feature}>
      <div>
        <Text size="sm" fw={600}>
          {name}
        </Text>
        {metric !== null && (
          <Text size="xs" c="dimmed">
            {metric.description}
          </Text>
        )}
      </div>
      <Group gap="sm" wrap="nowrap" justify="flex-end">
        <Sparkline points={points} from={days.from} to={days.to} label={t("sparkline", { name, days: points.length })} />
        <Text size="sm" fw={600} className={classes.total}>
          {format.number(total, "count")}
        </Text>
      </Group>
      {limit !== null && (
        <div className={classes.limit}>
          <Limit limit={limit} isNamed={false} />
        </div>
      )}
    </li>
  );
}
