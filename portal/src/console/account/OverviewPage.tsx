import { SimpleGrid, Stack, Text } from "@mantine/core";
import { useSubscription } from "urql";
import { useTranslations } from "use-intl";
import { AccountPage, useAccountVariables } from "~/console/account/AccountPage";
import { AllOf } from "~/console/account/AllOf";
import { Children } from "~/console/account/Children";
import { Change } from "~/console/account/Change";
import { Factors } from "~/console/account/Factors";
import { AccountAlertMoved, AccountOverview, AccountTaskMoved } from "~/console/account/operations";
import { Touchpoints } from "~/console/account/Touchpoints";
import { AlertCard, type AlertLine } from "~/console/alerts/AlertCard";
import { TaskList } from "~/console/tasks/TaskList";
import { useMay } from "~/console/useMay";
import { Card } from "~/ui/Card";
import { EmptyState } from "~/ui/EmptyState";
import { useKeptFocus } from "~/ui/useKeptFocus";

/** An account at a glance: what its score is made of, why it moved, what is open and who spoke with it last. Alerts and tasks move live. */
export function OverviewPage() {
  const t = useTranslations("consoleAccount");
  const may = useMay();
  const variables = useAccountVariables();
  useSubscription({ query: AccountAlertMoved, variables: { id: variables.id } });
  useSubscription({ query: AccountTaskMoved, variables: { id: variables.id } });

  return (
    <AccountPage
      tab="overview"
      query={AccountOverview}
      variables={variables}
      find={({ account, alerts }) => (account === null ? null : { ...account, alerts })}
    >
      {({ id, internal, alerts, children }) => (
        <SimpleGrid cols={{ base: 1, lg: 2 }}>
          <Card title={t("why")}>
            {internal?.health == null ? <Text c="dimmed">{t("noScore")}</Text> : <Factors health={internal.health} />}
          </Card>
          <Card title={t("moved")}>
            <Change change={internal?.healthChange ?? null} />
          </Card>
          {children.nodes.length > 0 && (
            <Card title={t("children")}>
              <Children of={id} accounts={children.nodes} count={children.totalCount} />
            </Card>
          )}
          <Card title={t("alerts")}>
            <Alerts alerts={alerts.nodes} />
            <AllOf what="alerts" count={alerts.totalCount} shown={alerts.nodes.length} href={`/alerts?state=unresolved&account=${id}`} />
          </Card>
          <Card title={t("tasks")}>
            <TaskList tasks={internal?.tasks.nodes ?? []} mayWrite={may("tasks:write")} hasAssignee hasAccount={false} none={<EmptyState title={t("noTasks")} />} />
            {internal !== null && (
              <AllOf what="tasks" count={internal.tasks.totalCount} shown={internal.tasks.nodes.length} href={`/tasks?whose=all&account=${id}`} />
            )}
          </Card>
          <Card title={t("touchpoints")}>
            <Touchpoints touchpoints={internal?.touchpoints.nodes ?? []} />
            {internal !== null && (
              <AllOf
                what="touchpoints"
                count={internal.touchpoints.totalCount}
                shown={internal.touchpoints.nodes.length}
                href={`/accounts/${id}/timeline?kind=TOUCHPOINT`}
              />
            )}
          </Card>
        </SimpleGrid>
      )}
    </AccountPage>
  );
}

function Alerts({ alerts }: { alerts: AlertLine[] }) {
  const t = useTranslations("consoleAccount");
  const may = useMay();
  const keptFocus = useKeptFocus();
  if (alerts.length === 0) return <EmptyState title={t("noAlerts")} />;
  return (
    <Stack gap="md" aria-live="polite" {...keptFocus}>
      {alerts.map((alert) => (
        <AlertCard key={alert.id} alert={alert} mayWrite={may("alerts:write")} hasAccount={false} />
      ))}
    </Stack>
  );
}
