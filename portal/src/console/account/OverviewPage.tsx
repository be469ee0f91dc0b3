import { List, SimpleGrid, Text } from "@mantine/core";
import { useSubscription } from "urql";
import { useTranslations } from "use-intl";
import { AccountPage, useAccountVariables } from "~/console/account/AccountPage";
import { Children } from "~/console/account/Children";
import { Change } from "~/console/account/Change";
import { Factors } from "~/console/account/Factors";
import { AccountAlertMoved, AccountOverview, AccountTaskMoved } from "~/console/account/operations";
import { Touchpoints } from "~/console/account/Touchpoints";
import { TaskList } from "~/console/tasks/TaskList";
import { Card } from "~/ui/Card";
import { EmptyState } from "~/ui/EmptyState";

/** An account at a glance: what its score is made of, why it moved, what is open and who spoke with it last. Alerts and tasks move live. */
export function OverviewPage() {
  const t = useTranslations("consoleAccount");
  const variables = useAccountVariables();
  useSubscription({ query: AccountAlertMoved, variables: { id: variables.id } });
  useSubscription({ query: AccountTaskMoved, variables: { id: variables.id } });

  return (
    <AccountPage
      tab="overview"
      query={AccountOverview}
      variables={variables}
      find={({ account, alerts, viewer }) =>
        account === null ? null : { ...account, alerts: alerts.nodes, mayWriteTasks: viewer?.permissions.includes("tasks:write") === true }
      }
    >
      {({ internal, alerts, children, mayWriteTasks }) => (
        <SimpleGrid cols={{ base: 1, lg: 2 }}>
          <Card title={t("why")}>
            {internal?.health == null ? <Text c="dimmed">{t("noScore")}</Text> : <Factors health={internal.health} />}
          </Card>
          <Card title={t("moved")}>
            <Change change={internal?.healthChange ?? null} />
          </Card>
          {children.nodes.length > 0 && (
            <Card title={t("children")}>
              <Children accounts={children.nodes} count={children.totalCount} />
            </Card>
          )}
          <Card title={t("alerts")}>
            {alerts.length === 0 ? (
              <EmptyState title={t("noAlerts")} />
            ) : (
              <List spacing="xs" aria-live="polite">
                {alerts.map(({ id, sentence }) => (
                  <List.Item key={id}>{sentence}</List.Item>
                ))}
              </List>
            )}
          </Card>
          <Card title={t("tasks")}>
            <TaskList tasks={internal?.tasks.nodes ?? []} mayWrite={mayWriteTasks} hasAssignee hasAccount={false} none={<EmptyState title={t("noTasks")} />} />
            {internal !== null && internal.tasks.totalCount > internal.tasks.nodes.length && (
              <Text size="sm" c="dimmed" mt="xs">
                {t("moreTasks", { count: internal.tasks.totalCount - internal.tasks.nodes.length })}
              </Text>
            )}
          </Card>
          <Card title={t("touchpoints")}>
            <Touchpoints touchpoints={internal?.touchpoints.nodes ?? []} />
          </Card>
        </SimpleGrid>
      )}
    </AccountPage>
  );
}
