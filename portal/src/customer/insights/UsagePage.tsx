import { Button, SegmentedControl, Stack } from "@mantine/core";
import { useTranslations } from "use-intl";
import { Link } from "wouter";
import { Page } from "~/app/Page";
import { Limits } from "~/customer/home/Limits";
import { FeatureUse } from "~/customer/insights/FeatureUse";
import classes from "~/customer/insights/Insights.module.css";
import { UsageQuery } from "~/customer/insights/operations";
import { useSpan } from "~/customer/insights/useSpan";
import { Card } from "~/ui/Card";
import { EmptyState } from "~/ui/EmptyState";

const SPANS = ["7", "28", "90"] as const;

/** What is used, by feature, against what the plan includes, and when that will be used up. */
export function UsagePage() {
  const t = useTranslations("customerInsights");
  const { days, span, choose } = useSpan(SPANS, "28");

  return (
    <Page
      title={t("usage")}
      query={UsageQuery}
      variables={days}
      find={({ viewer }) => (viewer?.account === null || viewer?.account === undefined ? null : { viewer, account: viewer.account })}
    >
      {({ viewer, account: { limits, usageByMetric } }) => {
        const used = usageByMetric.filter(({ total }) => total > 0);
        const unused = usageByMetric.filter(({ total, metric }) => total === 0 && metric?.isCore === true);
        return (
          <Stack>
            <Card
              title={t("thisMonth")}
              action={
                viewer.permissions.includes("billing:read") && (
                  <Button component={Link} href="/plan-and-billing" size="compact-md">
                    {t("reviewPlan")}
                  </Button>
                )
              }
            >
              <Limits limits={limits} />
            </Card>
            <Card
              title={t("byFeature")}
              action={
                <SegmentedControl
                  size="xs"
                  aria-label={t("span")}
                  value={span}
                  onChange={choose}
                  data={SPANS.map((each) => ({ value: each, label: t("days", { count: Number(each) }) }))}
                />
              }
            >
              {used.length === 0 ? (
                <EmptyState title={t("nothingUsed")}>{t("nothingUsedText")}</EmptyState>
              ) : (
                <ul className={classes.list}>
                  {used.map((use) => (
                    <FeatureUse key={use.key} use={use} days={days} />
                  ))}
                </ul>
              )}
            </Card>
            {unused.length > 0 && (
              <Card title={t("unused")}>
                <ul className={classes.list}>
                  {unused.map((use) => (
                    <FeatureUse key={use.key} use={use} days={days} />
                  ))}
                </ul>
              </Card>
            )}
          </Stack>
        );
      }}
    </Page>
  );
}
