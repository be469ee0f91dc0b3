import { Anchor, Button, Group, Paper, SegmentedControl, SimpleGrid, Stack, Table, Text } from "@mantine/core";
import { useSubscription } from "urql";
import { useTranslations } from "use-intl";
import { Link, useLocation, useSearchParams } from "wouter";
import type { ResultOf, VariablesOf } from "~/api/graphql";
import { Page } from "~/app/Page";
import { useFormatter } from "~/app/format";
import { AlertCard, type AlertLine } from "~/console/alerts/AlertCard";
import { AlertsMoved, AlertsQuery } from "~/console/alerts/operations";
import { useMay } from "~/console/useMay";
import { Card } from "~/ui/Card";
import { EmptyState } from "~/ui/EmptyState";
import { useKeptFocus } from "~/ui/useKeptFocus";

const PAGE = 25;
const STATES = ["asking", "SNOOZED", "unresolved", "RESOLVED", "ever"] as const;
type Shown = {
  state: (typeof STATES)[number];
  isMine: boolean;
  /** Whether only those are shown of which somebody said whether they were useful. */
  isJudged: boolean;
  rule: string | undefined;
  account: string | undefined;
  after: string | undefined;
};

const addressOf = ({ state, isMine, isJudged, rule, account, after }: Shown) => {
  const parts = new URLSearchParams();
  if (state !== "asking") parts.set("state", state);
  if (isMine) parts.set("whose", "mine");
  if (isJudged) parts.set("judged", "yes");
  if (rule !== undefined) parts.set("rule", rule);
  if (account !== undefined) parts.set("account", account);
  if (after !== undefined) parts.set("after", after);
  return parts.size === 0 ? "/alerts" : `/alerts?${parts.toString()}`;
};

const stateFilterOf = (state: Shown["state"]): NonNullable<VariablesOf<typeof AlertsQuery>["filter"]> => {
  if (state === "ever") return {};
  if (state === "unresolved") return { isOpen: true };
  return { state: state === "asking" ? ["OPEN", "ACKNOWLEDGED"] : [state] };
};

/** Alerts, and which of the rules behind them are worth having. */
export function AlertsPage() {
  const t = useTranslations("consoleAlerts");
  const [parameters] = useSearchParams();
  const [, go] = useLocation();
  useSubscription({ query: AlertsMoved });
  const shown: Shown = {
    state: STATES.find((each) => each === parameters.get("state")) ?? "asking",
    isMine: parameters.get("whose") === "mine",
    isJudged: parameters.get("judged") === "yes",
    rule: parameters.get("rule") ?? undefined,
    account: parameters.get("account") ?? undefined,
    after: parameters.get("after") ?? undefined,
  };
  const filter: NonNullable<VariablesOf<typeof AlertsQuery>["filter"]> = {
    ...stateFilterOf(shown.state),
    ...(shown.isMine ? { isMine: true } : {}),
    ...(shown.isJudged ? { isJudged: true } : {}),
    ...(shown.rule === undefined ? {} : { ruleKey: [shown.rule] }),
    ...(shown.account === undefined ? {} : { accountId: shown.account }),
  };
  const variables = {
    filter,
    first: PAGE,
    ...(shown.after === undefined ? {} : { after: shown.after }),
    // Of how many accounts they are, as Today counts them.
    isAsking: shown.state === "asking" && !shown.isJudged && shown.rule === undefined && shown.account === undefined,
    whose: shown.isMine ? { isMine: true } : {},
  };
  const may = useMay();
  const change = (to: Partial<Shown>) => go(addressOf({ ...shown, after: undefined, ...to }));

  return (
    <Page title={t("title")} query={AlertsQuery} variables={variables} find={(data) => data}>
      {({ alerts, alertGroups, alertRules }) => (
        <Stack>
          <Group>
            <SegmentedControl
              aria-label={t("state")}
              data={STATES.map((value) => ({ value, label: t(`states.${value}`) }))}
              value={shown.state}
              onChange={(state) => change({ state })}
            />
            <SegmentedControl
              aria-label={t("whose")}
              data={[
                { value: "all", label: t("all") },
                { value: "mine", label: t("mine") },
              ]}
              value={shown.isMine ? "mine" : "all"}
              onChange={(whose) => change({ isMine: whose === "mine" })}
            />
            {shown.isJudged && (
              <Button variant="light" size="compact-md" onClick={() => change({ isJudged: false })}>
                {t("judgedOrNot")}
              </Button>
            )}
            {shown.rule !== undefined && (
              <Button variant="light" size="compact-md" onClick={() => change({ rule: undefined })}>
                {t("allRules")}
              </Button>
            )}
            {shown.account !== undefined && (
              <Button variant="light" size="compact-md" onClick={() => change({ account: undefined })}>
                {t("allAccounts")}
              </Button>
            )}
          </Group>
          <Text size="sm" c="dimmed" aria-live="polite">
            {alertGroups === undefined || alertGroups === null
              ? t("count", { count: alerts.totalCount })
              : t("countOfAccounts", { count: alerts.totalCount, accounts: alertGroups.totalCount })}
          </Text>
          {alerts.nodes.length === 0 ? (
            <EmptyState title={t("none")}>{t("noneText")}</EmptyState>
          ) : (
            <Cards alerts={alerts.nodes} mayWrite={may("alerts:write")} />
          )}
          {(shown.after !== undefined || alerts.pageInfo.hasNextPage) && (
            <Group justify="flex-end">
              {shown.after !== undefined && (
                <Button variant="default" onClick={() => change({})}>
                  {t("firstPage")}
                </Button>
              )}
              <Button variant="default" disabled={!alerts.pageInfo.hasNextPage} onClick={() => change({ after: alerts.pageInfo.endCursor ?? undefined })}>
                {t("next")}
              </Button>
            </Group>
          )}
          <Card title={t("rules")}>
            <Rules rules={alertRules} linkOf={(state, rule, isJudged = false) => addressOf({ state, rule, isJudged, isMine: false, account: undefined, after: undefined })} />
          </Card>
        </Stack>
      )}
    </Page>
  );
}

type RulesProps = { rules: ResultOf<typeof AlertsQuery>["alertRules"]; linkOf: (state: Shown["state"], rule: string, isJudged?: boolean) => string };

function Rules({ rules, linkOf }: RulesProps) {
  const t = useTranslations("consoleAlerts");
  const format = useFormatter();
  if (rules.length === 0) return <Text c="dimmed">{t("noRules")}</Text>;
  return (
    <Table.ScrollContainer minWidth={520}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("rule")}</Table.Th>
            <Table.Th>{t("severity")}</Table.Th>
            <Table.Th ta="end">{t("openCount")}</Table.Th>
            <Table.Th ta="end">{t("alertCount")}</Table.Th>
            <Table.Th ta="end">{t("usefulShare")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rules.map((rule) => (
            <Table.Tr key={rule.key}>
              <Table.Td>
                {rule.name} {rule.isRetired && <Text span c="dimmed" size="xs">{t("retired")}</Text>}
              </Table.Td>
              <Table.Td>{t(`severities.${rule.severity}`)}</Table.Td>
              <Table.Td ta="end">
                <Anchor component={Link} href={linkOf("unresolved", rule.key)} size="sm">
                  {format.number(rule.openCount, "count")}
                </Anchor>
              </Table.Td>
              <Table.Td ta="end">
                <Anchor component={Link} href={linkOf("ever", rule.key)} size="sm">
                  {format.number(rule.alertCount, "count")}
                </Anchor>
              </Table.Td>
              <Table.Td ta="end">
                {rule.usefulShare === null ? (
                  t("notJudged")
                ) : (
                  <Anchor component={Link} href={linkOf("ever", rule.key, true)} size="sm">
                    {t("usefulOf", { share: format.number(rule.usefulShare, "share"), count: rule.judgedCount })}
                  </Anchor>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function Cards({ alerts, mayWrite }: { alerts: AlertLine[]; mayWrite: boolean }) {
  return (
    <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="sm" {...useKeptFocus()}>
      {alerts.map((alert) => (
        <Paper key={alert.id} withBorder p="sm">
          <AlertCard alert={alert} mayWrite={mayWrite} />
        </Paper>
      ))}
    </SimpleGrid>
  );
}
