import { Group, Skeleton, Slider, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { Suspense, lazy, useState } from "react";
import { useSearchParams } from "wouter";
import { useTranslations } from "use-intl";
import { useFormatter } from "~/app/format";
import { AccountPage, useAccountVariables } from "~/console/account/AccountPage";
import { Change } from "~/console/account/Change";
import { Factors } from "~/console/account/Factors";
import { AccountHealth } from "~/console/account/operations";
import { Band } from "~/ui/Band";
import { Card } from "~/ui/Card";
import { daysAfter, daysAgo, daysBetween, noonOf } from "~/ui/days";

const HistoryChart = lazy(() => import("~/console/account/HistoryChart").then((m) => ({ default: m.HistoryChart })));
const DAYS = 180;
/** The chart with its words. */
const CHART_HEIGHT = 242;
const SETTLES_MS = 200;

/** How an account did: its history, what was known on any day (the time machine), and why it moved between any two. */
export function HealthPage() {
  const t = useTranslations("consoleAccount");
  const format = useFormatter();
  const { id } = useAccountVariables();
  const [parameters, setParameters] = useSearchParams();
  const today = daysAgo(0);
  const since = daysAgo(DAYS);
  const from = parameters.get("from") ?? daysAgo(28);
  const to = parameters.get("to") ?? today;
  const [then, setThen] = useState(parameters.get("asOf") ?? today);
  const [settled] = useDebouncedValue(then, SETTLES_MS);
  const choose = (name: "from" | "to" | "asOf", day: string) =>
    setParameters(
      (now) => {
        now.set(name, day);
        return now;
      },
      { replace: true },
    );

  return (
    <AccountPage
      tab="health"
      query={AccountHealth}
      variables={{ id, from, to, since, today, asOf: settled }}
      find={(data) => data.account}
    >
      {({ customerSince, internal }) => (
        <Stack>
          <Card title={t("history")}>
            <Suspense fallback={<Skeleton height={CHART_HEIGHT} />}>
              <HistoryChart points={internal?.healthHistory ?? []} from={since} to={today} cuts={internal?.health?.cuts ?? null} />
            </Suspense>
          </Card>
          <Card title={t("timeMachine")}>
            <Text size="sm" c="dimmed" mb="xs">
              {t("timeMachineText")}
            </Text>
            <Group mb="md" align="flex-end">
              <Slider
                flex={1}
                miw={160}
                min={0}
                max={Math.max(1, daysBetween(customerSince, today))}
                value={daysBetween(customerSince, then)}
                onChange={(days) => setThen(daysAfter(customerSince, days))}
                onChangeEnd={(days) => choose("asOf", daysAfter(customerSince, days))}
                label={(days) => format.dateTime(noonOf(daysAfter(customerSince, days)), "day")}
                thumbLabel={t("timeMachine")}
                mb="xs"
              />
              <TextInput
                type="date"
                label={t("dayThen")}
                value={then}
                min={customerSince}
                max={today}
                onChange={({ currentTarget: { value: day } }) => {
                  if (day === "") return;
                  setThen(day);
                  choose("asOf", day);
                }}
              />
            </Group>
            {internal?.asOf == null ? (
              <Text c="dimmed">{t("noScoreThen")}</Text>
            ) : (
              <>
                <Group gap="sm" mb="sm">
                  <Text fw={600}>{format.dateTime(noonOf(internal.asOf.asOf), "day")}</Text>
                  <Text fz="xl" fw={700}>
                    {internal.asOf.score === null ? "–" : format.number(internal.asOf.score, "score")}
                  </Text>
                  <Band band={internal.asOf.band} />
                </Group>
                <Factors health={internal.asOf} />
              </>
            )}
          </Card>
          <Card title={t("compare")}>
            <Group mb="md">
              <TextInput
                type="date"
                label={t("from")}
                value={from}
                max={to}
                onChange={(event) => event.currentTarget.value !== "" && choose("from", event.currentTarget.value)}
              />
              <TextInput
                type="date"
                label={t("to")}
                value={to}
                min={from}
                max={today}
                onChange={(event) => event.currentTarget.value !== "" && choose("to", event.currentTarget.value)}
              />
            </Group>
            <Change change={internal?.healthChange ?? null} />
          </Card>
        </Stack>
      )}
    </AccountPage>
  );
}
