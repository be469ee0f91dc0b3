import { Anchor, SimpleGrid, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useSubscription } from "urql";
import { useTranslations } from "use-intl";
import { Link } from "wouter";
import { Page } from "~/app/Page";
import { useFormatter } from "~/app/format";
import { homeDays } from "~/customer/home/days";
import { Celebrations } from "~/customer/home/Celebrations";
import { Limits } from "~/customer/home/Limits";
import { NextStep } from "~/customer/home/NextStep";
import { HomeMoved, HomeQuery } from "~/customer/home/operations";
import { PeopleActive } from "~/customer/home/PeopleActive";
import { Stage } from "~/customer/home/Stage";
import { Standing } from "~/customer/home/Standing";
import { Card } from "~/ui/Card";
import { noonOf } from "~/ui/days";

/** What a customer sees first: their stage, who is active, what is used of their plan; below it where they stand and why. */
export function HomePage() {
  const t = useTranslations("customerHome");
  const format = useFormatter();
  const [days] = useState(homeDays);
  useSubscription({ query: HomeMoved });

  return (
    <Page
      title={t("title")}
      query={HomeQuery}
      variables={days}
      find={({ viewer }) => (viewer?.account === null || viewer?.account === undefined ? null : { viewer, account: viewer.account })}
    >
      {({ viewer, account }) => {
        const [first] = account.nextActions;
        const isHidden = account.tier?.healthVisibility === "HIDDEN";
        return (
          <Stack>
            <Text c="dimmed" mt="calc(-1 * var(--mantine-spacing-sm))">
              {t("tier", {
                tier: account.tier?.name ?? account.name,
                day: format.dateTime(noonOf(account.customerSince), "day"),
              })}
            </Text>
            {account.stage !== null && <Stage stage={account.stage} />}
            <Celebrations celebrations={account.celebrations} />
            <SimpleGrid cols={{ base: 1, md: 2 }}>
              <Card title={t("people")}>
                <PeopleActive people={account.peopleActive} hasPeoplePage={viewer.permissions.includes("people:read")} />
              </Card>
              <Card title={t("limits")}>
                <Stack gap="sm">
                  <Limits limits={account.limits} />
                  <Anchor component={Link} href="/insights/usage" size="sm">
                    {t("seeUsage")}
                  </Anchor>
                </Stack>
              </Card>
              {!isHidden && (
                <Card title={t("standing")}>
                  {account.health === null ? (
                    <Text c="dimmed">{t("noStanding")}</Text>
                  ) : (
                    <Stack gap="sm">
                      <Standing health={account.health} why={account.healthChange?.sentence} />
                      <Anchor component={Link} href="/insights/health" size="sm">
                        {t("seeFactors", { count: account.health.factors.length })}
                      </Anchor>
                    </Stack>
                  )}
                </Card>
              )}
              {first !== undefined && (
                <Card title={t("next")}>
                  <NextStep step={first} isFirst />
                  {account.nextActions.length > 1 && (
                    <Anchor component={Link} href="/insights/health#raise" size="sm" mt="sm" display="inline-block">
                      {t("seeSteps", { count: account.nextActions.length })}
                    </Anchor>
                  )}
                </Card>
              )}
            </SimpleGrid>
          </Stack>
        );
      }}
    </Page>
  );
}
