import { Group, SegmentedControl, SimpleGrid, Stack, Text } from "@mantine/core";
import { useEffect, type ReactNode } from "react";
import { useSubscription } from "urql";
import { useTranslations } from "use-intl";
import { Page } from "~/app/Page";
import { NextStep } from "~/customer/home/NextStep";
import { Standing } from "~/customer/home/Standing";
import { Change } from "~/customer/insights/Change";
import { Factors } from "~/customer/insights/Factors";
import { History } from "~/customer/insights/History";
import { HealthMoved, HealthQuery } from "~/customer/insights/operations";
import { useSpan } from "~/customer/insights/useSpan";
import { Card } from "~/ui/Card";
import { EmptyState } from "~/ui/EmptyState";

const SPANS = ["30", "90", "365"] as const;

/** Where an account stands, what that is made of, how it came about, and how to raise it. */
export function HealthPage() {
  const t = useTranslations("customerInsights");
  const { days, span, choose } = useSpan(SPANS, "90");
  useSubscription({ query: HealthMoved });

  return (
    <Page title={t("health")} query={HealthQuery} variables={days} find={({ viewer }) => viewer?.account}>
      {({ tier, health, healthHistory, marks, healthChange, nextActions }) => {
        if (tier?.healthVisibility === "HIDDEN") return <EmptyState title={t("hidden")}>{t("hiddenText")}</EmptyState>;
        return (
          <Stack>
            <SimpleGrid cols={{ base: 1, md: 2 }}>
              <Stack>
                <Card title={t("now")}>
                  {health === null ? (
                    <Text c="dimmed">{t("noStanding")}</Text>
                  ) : (
                    <Standing health={health} why={healthChange?.sentence} />
                  )}
                </Card>
                {health !== null && (
                  <Card title={t("parts")}>
                    <Factors health={health} />
                  </Card>
                )}
              </Stack>
              <Raise>
                {nextActions.length === 0 ? (
                  <Text c="dimmed">{t("nothingToRaise")}</Text>
                ) : (
                  <Stack gap="lg">
                    {nextActions.map((step, place) => (
                      <NextStep key={step.key} step={step} isFirst={place === 0} />
                    ))}
                  </Stack>
                )}
              </Raise>
            </SimpleGrid>
            <Group justify="space-between">
              <Text fw={650}>{t("span")}</Text>
              <SegmentedControl
                aria-label={t("span")}
                value={span}
                onChange={choose}
                data={SPANS.map((each) => ({ value: each, label: t("days", { count: Number(each) }) }))}
              />
            </Group>
            <Card title={t("history")}>
              <History points={healthHistory} happenings={marks} days={days} />
            </Card>
            <Card title={t("why")}>
              <Change change={healthChange} />
            </Card>
          </Stack>
        );
      }}
    </Page>
  );
}

/** `/insights/health#raise` leads here, also where the page had to be fetched first. */
function Raise({ children }: { children: ReactNode }) {
  const t = useTranslations("customerInsights");
  useEffect(() => {
    if (window.location.hash === "#raise") document.getElementById("raise")?.scrollIntoView();
  }, []);
  return (
    <div id="raise">
      <Card title={t("raise")}>{children}</Card>
    </div>
  );
}
