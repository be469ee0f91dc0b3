import { Button, Group, SegmentedControl, Stack, Text } from "@mantine/core";
import { useSubscription } from "urql";
import { useTranslations } from "use-intl";
import { useLocation, useSearchParams } from "wouter";
import type { VariablesOf } from "~/api/graphql";
import { Page } from "~/app/Page";
import { NewTask } from "~/console/tasks/NewTask";
import { TasksMoved, TasksQuery } from "~/console/tasks/operations";
import { TaskList } from "~/console/tasks/TaskList";
import { useMay } from "~/console/useMay";
import { Card } from "~/ui/Card";

const PAGE = 50;
const STATES = ["OPEN", "overdue", "DONE", "CANCELLED"] as const;
const WHOSE = ["mine", "all", "nobody"] as const;
type Shown = { state: (typeof STATES)[number]; whose: (typeof WHOSE)[number]; account: string | undefined; after: string | undefined };

const addressOf = ({ state, whose, account, after }: Shown) => {
  const parts = new URLSearchParams();
  if (whose !== "mine") parts.set("whose", whose);
  if (state !== "OPEN") parts.set("state", state);
  if (account !== undefined) parts.set("account", account);
  if (after !== undefined) parts.set("after", after);
  return parts.size === 0 ? "/tasks" : `/tasks?${parts.toString()}`;
};

/** All tasks: one's own, everybody's, and those that nobody has. */
export function TasksPage() {
  const t = useTranslations("consoleTasks");
  const [parameters] = useSearchParams();
  const [, go] = useLocation();
  useSubscription({ query: TasksMoved });
  const shown: Shown = {
    state: STATES.find((each) => each === parameters.get("state")) ?? "OPEN",
    whose: WHOSE.find((each) => each === parameters.get("whose")) ?? "mine",
    account: parameters.get("account") ?? undefined,
    after: parameters.get("after") ?? undefined,
  };
  const isOpen = shown.state === "OPEN" || shown.state === "overdue";
  const filter: NonNullable<VariablesOf<typeof TasksQuery>["filter"]> = {
    state: [isOpen ? "OPEN" : (shown.state as "DONE" | "CANCELLED")],
    ...(shown.state === "overdue" ? { isOverdue: true } : {}),
    ...(shown.whose === "nobody" ? { isAssigned: false } : {}),
    ...(shown.account === undefined ? {} : { accountId: shown.account }),
  };
  const may = useMay();
  const variables = {
    filter,
    orderBy: isOpen ? ({ field: "DUE", direction: "ASC" } as const) : ({ field: "CREATED", direction: "DESC" } as const),
    first: PAGE,
    isMine: shown.whose === "mine",
    ...(shown.after === undefined ? {} : { after: shown.after }),
  };
  const change = (to: Partial<Shown>) => go(addressOf({ ...shown, after: undefined, ...to }));

  return (
    <Page title={t("heading")} query={TasksQuery} variables={variables} find={(data) => data}>
      {({ tasks, myTasks, accounts, viewer }) => {
        const page = tasks ?? myTasks;
        return (
          <Stack>
            <Group>
              <SegmentedControl
                aria-label={t("whose")}
                data={WHOSE.map((value) => ({ value, label: t(`whoseTasks.${value}`) }))}
                value={shown.whose}
                onChange={(whose) => change({ whose })}
              />
              <SegmentedControl
                aria-label={t("state")}
                data={STATES.map((value) => ({ value, label: t(`states.${value}`) }))}
                value={shown.state}
                onChange={(state) => change({ state })}
              />
              {shown.account !== undefined && (
                <Button variant="light" size="compact-md" onClick={() => change({ account: undefined })}>
                  {t("allAccounts")}
                </Button>
              )}
              {may("tasks:write") && <NewTask me={viewer?.staff?.id} accounts={accounts.nodes} />}
            </Group>
            <Text size="sm" c="dimmed" aria-live="polite">
              {t("count", { count: page?.totalCount ?? 0 })}
            </Text>
            <Card title={t(`states.${shown.state}`)}>
              <TaskList tasks={page?.nodes ?? []} mayWrite={may("tasks:write")} hasAssignee={shown.whose === "all"} />
            </Card>
            {(shown.after !== undefined || page?.pageInfo.hasNextPage === true) && (
              <Group justify="flex-end">
                {shown.after !== undefined && (
                  <Button variant="default" onClick={() => change({})}>
                    {t("firstPage")}
                  </Button>
                )}
                <Button variant="default" disabled={page?.pageInfo.hasNextPage !== true} onClick={() => change({ after: page?.pageInfo.endCursor ?? undefined })}>
                  {t("next")}
                </Button>
              </Group>
            )}
          </Stack>
        );
      }}
    </Page>
  );
}
