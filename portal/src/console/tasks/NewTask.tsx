import { Button, Select } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useState, type FormEvent } from "react";
import { useTranslations } from "use-intl";
import { once } from "~/api/once";
import { useChange } from "~/api/useChange";
import { CancelTask, CreateTask } from "~/console/tasks/changes/operations";
import { SAID, TaskFields } from "~/console/tasks/TaskFields";
import { FormDialog } from "~/ui/FormDialog";
import { useUndo } from "~/ui/useUndo";

/** `me`: who notes it, and gets it by default. `accounts`: those it may be about. */
type Props = { me: string | undefined; accounts: { id: string; name: string }[] };

const BLANK = { title: "", body: null as string | null, dueOn: null as string | null, accountId: null as string | null };

/** Note a task. What was typed stays until it is kept. */
export function NewTask({ me, accounts }: Props) {
  const t = useTranslations("consoleTasks");
  const undoable = useUndo();
  const create = useChange(CreateTask, [...SAID, "accountId"]);
  const cancel = useChange(CancelTask);
  const [isOpen, setOpen] = useState(false);
  const [key, setKey] = useState(once);
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [task, setTask] = useState(BLANK);

  const submit = async (event?: FormEvent) => {
    event?.preventDefault();
    const { title, body, dueOn, accountId } = task;
    const outcome = await create.run({
      input: {
        title,
        idempotencyKey: key,
        ...(body === null ? {} : { body }),
        ...(dueOn === null ? {} : { dueOn }),
        ...(accountId === null ? {} : { accountId }),
        ...(me === undefined ? {} : { assigneeId: me }),
      },
    });
    if (outcome.errors !== undefined) {
      setErrors(outcome.errors);
      return;
    }
    const made = outcome.payload.task?.id;
    setOpen(false);
    setKey(once());
    setErrors({});
    setTask(BLANK);
    if (made !== undefined) undoable(t("created", { title }), () => cancel.run({ input: { taskId: made } }));
  };
  return (
    <>
      <Button size="compact-sm" variant="light" leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setOpen(true)}>
        {t("new")}
      </Button>
      {isOpen && (
        <FormDialog title={t("new")} action={t("create")} isRunning={create.isRunning} refusal={errors[""]} onSubmit={(event) => void submit(event)} onClose={() => setOpen(false)}>
          <TaskFields value={task} errors={errors} onChange={(to) => setTask({ ...task, ...to })} />
          {accounts.length > 0 && (
            <Select
              label={t("account")}
              data={accounts.map(({ id, name }) => ({ value: id, label: name }))}
              value={task.accountId}
              onChange={(accountId) => setTask({ ...task, accountId })}
              searchable
              clearable
              error={errors["accountId"]}
            />
          )}
        </FormDialog>
      )}
    </>
  );
}
