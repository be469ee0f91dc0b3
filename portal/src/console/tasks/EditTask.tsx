import { useState, type FormEvent } from "react";
import { useTranslations } from "use-intl";
import type { VariablesOf } from "~/api/graphql";
import { useChange } from "~/api/useChange";
import { StaffSelect, type StaffChoice } from "~/console/search/StaffSelect";
import { SAID, TaskFields } from "~/console/tasks/TaskFields";
import { FormDialog } from "~/ui/FormDialog";
import { UpdateTask } from "~/console/tasks/changes/operations";
import { useUndo } from "~/ui/useUndo";

type Task = { id: string; title: string; body: string | null; dueOn: string | null; assignee: StaffChoice | null };
type Change = Omit<VariablesOf<typeof UpdateTask>["input"], "taskId">;

/** What a task becomes of another: only what differs, so that two who change different things both succeed. */
const changeOf = (from: Task, to: Task): Change => ({
  ...(to.title === from.title ? {} : { title: to.title }),
  ...(to.body === from.body ? {} : { body: to.body }),
  ...(to.dueOn === from.dueOn ? {} : { dueOn: to.dueOn }),
  ...(to.assignee?.id === from.assignee?.id ? {} : { assigneeId: to.assignee?.id ?? null }),
});

/** Change what a task says and by when, or pass it on. What was typed stays until it is kept. */
export function EditTask({ task, onClose }: { task: Task; onClose: () => void }) {
  const t = useTranslations("consoleTasks");
  const shared = useTranslations("shared");
  const undoable = useUndo();
  const { run, isRunning } = useChange(UpdateTask, [...SAID, "assigneeId"]);
  const back = useChange(UpdateTask);
  const [former] = useState(task);
  const [wanted, setWanted] = useState(task);
  const [errors, setErrors] = useState<Record<string, string>>({});

  const submit = async (event?: FormEvent) => {
    event?.preventDefault();
    const outcome = await run({ input: { taskId: task.id, ...changeOf(former, wanted) } });
    if (outcome.errors !== undefined) {
      setErrors(outcome.errors);
      return;
    }
    onClose();
    const to = wanted.assignee;
    const isPassedOn = to?.id !== former.assignee?.id;
    const message = isPassedOn && to !== null ? t("passedOn", { title: wanted.title, name: to.displayName }) : t("changed", { title: wanted.title });
    undoable(message, () => back.run({ input: { taskId: task.id, ...changeOf(wanted, former) } }));
  };
  return (
    <FormDialog
      title={t("editTitle")}
      action={shared("save")}
      isRunning={isRunning}
      refusal={errors[""]}
      onSubmit={(event) => void submit(event)}
      onClose={onClose}
    >
      <TaskFields value={wanted} errors={errors} onChange={(to) => setWanted({ ...wanted, ...to })} />
      <StaffSelect
        label={t("assignee")}
        value={wanted.assignee}
        onChange={(assignee) => setWanted({ ...wanted, assignee })}
        error={errors["assigneeId"]}
      />
    </FormDialog>
  );
}
