import { Anchor, Badge, Button, Checkbox, Group, Stack, Text } from "@mantine/core";
import { useState, type ReactNode } from "react";
import { useTranslations } from "use-intl";
import { Link } from "wouter";
import { graphql, type FragmentOf } from "~/api/graphql";
import { useChange } from "~/api/useChange";
import { useFormatter } from "~/app/format";
import { CancelTask, CompleteTask, ReopenTask } from "~/console/tasks/changes/operations";
import { noonOf } from "~/ui/days";
import { EmptyState } from "~/ui/EmptyState";
import { EditTask } from "~/console/tasks/EditTask";
import { useKeptFocus } from "~/ui/useKeptFocus";
import { useUndo } from "~/ui/useUndo";

export const taskLine = graphql(`
  fragment TaskLine on Task {
    id
    title
    body
    dueOn
    isOverdue
    state
    assignee {
      id
      displayName
    }
    account {
      id
      name
    }
  }
`);

export type TaskLine = FragmentOf<typeof taskLine>;
type Shown = { mayWrite: boolean; hasAssignee?: boolean; hasAccount?: boolean };
type Props = Shown & { tasks: TaskLine[]; none?: ReactNode };

/** Tasks, each done by one press, which can be undone, and changed or passed on by a form. */
export function TaskList({ tasks, none, ...shown }: Props) {
  const t = useTranslations("consoleTasks");
  // Here, since a task that somebody else closes leaves the list, and would take along what is typed in its form.
  const [edited, setEdited] = useState<TaskLine>();
  const keptFocus = useKeptFocus();
  return (
    <>
      {tasks.length === 0 && (none ?? <EmptyState title={t("none")}>{t("noneText")}</EmptyState>)}
      {tasks.length > 0 && (
        <Stack gap="xs" component="ul" m={0} p={0} {...keptFocus}>
          {tasks.map((task) => (
            <Line key={task.id} task={task} onEdit={() => setEdited(task)} {...shown} />
          ))}
        </Stack>
      )}
      {edited !== undefined && <EditTask key={edited.id} task={edited} onClose={() => setEdited(undefined)} />}
    </>
  );
}

function Line({ task, mayWrite, hasAssignee = false, hasAccount = true, onEdit }: Shown & { task: TaskLine; onEdit: () => void }) {
  const t = useTranslations("consoleTasks");
  const format = useFormatter();
  const undoable = useUndo();
  const complete = useChange(CompleteTask);
  const cancel = useChange(CancelTask);
  const reopen = useChange(ReopenTask);
  const input = { taskId: task.id };
  const isDone = task.state !== "OPEN";

  const finish = async () => {
    if (isDone) await reopen.run({ input });
    else if ((await complete.run({ input })).errors === undefined) undoable(t("done", { title: task.title }), () => reopen.run({ input }));
  };
  const drop = async () => {
    if ((await cancel.run({ input })).errors === undefined) undoable(t("cancelled", { title: task.title }), () => reopen.run({ input }));
  };
  return (
    <Group component="li" wrap="nowrap" align="flex-start" gap="sm">
      <Checkbox
        checked={task.state === "DONE" || complete.isRunning}
        disabled={!mayWrite || complete.isRunning || reopen.isRunning}
        onChange={() => void finish()}
        aria-label={t(isDone ? "reopen" : "finish", { title: task.title })}
        mt={2}
      />
      <Stack gap={2} flex={1} miw={0}>
        <Text size="sm" td={isDone ? "line-through" : undefined}>
          {task.title}
        </Text>
        {task.body !== null && task.body !== "" && (
          <Text size="xs" c="dimmed" lineClamp={2}>
            {task.body}
          </Text>
        )}
        <Group gap="xs">
          {hasAccount && task.account !== null && (
            <Anchor component={Link} href={`/accounts/${task.account.id}/overview`} size="xs">
              {task.account.name}
            </Anchor>
          )}
          {task.isOverdue && (
            <Badge color="red" size="xs" variant="light" tt="none">
              {t("overdue")}
            </Badge>
          )}
          {task.dueOn !== null && (
            <Text size="xs" c="dimmed">
              {format.dateTime(noonOf(task.dueOn), "dayOfYear")}
            </Text>
          )}
          {hasAssignee && (
            <Text size="xs" c="dimmed">
              {task.assignee?.displayName ?? t("nobody")}
            </Text>
          )}
          {task.state === "CANCELLED" && (
            <Text size="xs" c="dimmed">
              {t("states.CANCELLED")}
            </Text>
          )}
        </Group>
      </Stack>
      {mayWrite && !isDone && (
        <Group gap={0} flex="none">
          <Button size="compact-xs" variant="subtle" aria-label={t("editTask", { title: task.title })} onClick={onEdit}>
            {t("edit")}
          </Button>
          <Button size="compact-xs" variant="subtle" color="gray" aria-label={t("cancelTask", { title: task.title })} onClick={() => void drop()}>
            {t("cancel")}
          </Button>
        </Group>
      )}
    </Group>
  );
}
