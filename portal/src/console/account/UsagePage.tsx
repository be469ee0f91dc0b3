import { Group, NativeSelect, Progress, Skeleton, Stack, Text } from "@mantine/core";
import { Suspense, lazy } from "react";
import { useTranslations } from "use-intl";
import { useSearchParams } from "wouter";
import { useFormatter } from "~/app/format";
import { AccountPage, useAccountVariables } from "~/console/account/AccountPage";
import { AccountUsage } from "~/console/account/operations";
import { Card } from "~/ui/Card";
import { EmptyState } from "~/ui/EmptyState";
import { daysAgo, noonOf } from "~/ui/days";

const UsageChart = lazy(() => import("~/console/account/UsageChart").then((m) => ({ default: m.UsageChart })));
const DAYS = 90;
/** The chart with its words. */
const CHART_HEIGHT = 242;

/** What an account uses, a metric by day (the address names it, else the first), and against what its plan includes. */
export function UsagePage() {
  const t = useTranslations("consoleAccount");
  const format = useFormatter();
  const [parameters, setParameters] = useSearchParams();
  const variables = { ...useAccountVariables(), since: daysAgo(DAYS) };
  return (
    <AccountPage tab="usage" query={AccountUsage} variables={variables} find={(data) => data.account}>
      {({ usageByMetric }) => {
        const shown = usageByMetric.find(({ key }) => key === parameters.get("metric")) ?? usageByMetric[0];
        const limited = usageByMetric.filter(({ limit }) => limit !== null);
        return (
          <Stack>
            <Card
              title={t("usage")}
              action={
                <NativeSelect
                  aria-label={t("metric")}
                  data={usageByMetric.map(({ key, metric }) => ({ value: key, label: metric?.name ?? key }))}
                  value={shown?.key}
                  onChange={(event) => setParameters({ metric: event.currentTarget.value }, { replace: true })}
                />
              }
            >
              {shown === undefined || shown.points.length === 0 ? (
                <EmptyState title={t("noUsage")}>{t("noUsageText", { days: DAYS })}</EmptyState>
              ) : (
                <Suspense fallback={<Skeleton height={CHART_HEIGHT} />}>
                  <UsageChart points={shown.points} from={variables.since} to={variables.to} />
                </Suspense>
              )}
            </Card>
            <Card title={t("limits")}>
              {limited.length === 0 ? (
                <Text c="dimmed">{t("noLimits")}</Text>
              ) : (
                <Stack gap="sm">
                  {limited.map(({ key, metric, limit }) => (
                    <div key={key}>
                      <Group justify="space-between">
                        <Text size="sm">{metric?.name}</Text>
                        <Text size="sm" c="dimmed">
                          {limit !== null && t("usedOf", { used: limit.used, included: limit.included })}
                        </Text>
                      </Group>
                      <Progress value={Math.min(100, Math.round((limit?.share ?? 0) * 100))} aria-label={metric?.name} />
                      {limit?.projectedReachedOn != null && (
                        <Text size="xs" c="dimmed">
                          {t("reached", { day: format.dateTime(noonOf(limit.projectedReachedOn), "day") })}
                        </Text>
                      )}
                    </div>
                  ))}
                </Stack>
              )}
            </Card>
          </Stack>
        );
      }}
    </AccountPage>
  );
}
