import { Button, Select, Textarea, TextInput } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useState, type FormEvent } from "react";
import { useTranslations } from "use-intl";
import { once } from "~/api/once";
import { useChange } from "~/api/useChange";
import { CancelTask, CreateTask } from "~/console/tasks/changes/operations";
import { FormDialog } from "~/ui/FormDialog";
import { useUndo } from "~/ui/useUndo";

/** `me`: who notes it, and gets it by default. `accounts`: those it may be about. */
type Props = { me: string | undefined; accounts: { id: string; name: string }[] };

/** Note a task. What was typed stays until it is kept. */
export function NewTask({ me, accounts }: Props) {
  const t = useTranslations("consoleTasks");
  const undoable = useUndo();
  const create = useChange(CreateTask, ["title", "body", "dueOn", "accountId"]);
  const cancel = useChange(CancelTask);
  const [isOpen, setOpen] = useState(false);
  const [key, setKey] = useState(once);
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [task, setTask] = useState({ title: "", body: "", dueOn: "", accountId: null as string | null });

  const submit = async (event?: FormEvent) => {
    event?.preventDefault();
    const { title, body, dueOn, accountId } = task;
    const outcome = await create.run({
      input: {
        title,
        idempotencyKey: key,
        ...(body === "" ? {} : { body }),
        ...(dueOn === "" ? {} : { dueOn }),
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
    setTask({ title: "", body: "", dueOn: "", accountId: null });
    if (made !== undefined) undoable(t("created", { title }), () => cancel.run({ input: { taskId: made } }));
  };
  return (
    <>
      <Button size="compact-sm" variant="light" leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setOpen(true)}>
        {t("new")}
      </Button>
      {isOpen && (
        <FormDialog title={t("new")} action={t("create")} isRunning={create.isRunning} refusal={errors[""]} onSubmit={(event) => void submit(event)} onClose={() => setOpen(false)}>
          <TextInput
            label={t("title")}
            required
            data-autofocus
            maxLength={200}
            value={task.title}
            onChange={(event) => setTask({ ...task, title: event.currentTarget.value })}
            error={errors["title"]}
          />
          <Textarea
            label={t("body")}
            autosize
            minRows={2}
            maxRows={8}
            maxLength={5000}
            value={task.body}
            onChange={(event) => setTask({ ...task, body: event.currentTarget.value })}
            error={errors["body"]}
          />
          <TextInput
            type="date"
            label={t("dueOn")}
            value={task.dueOn}
            onChange={(event) => setTask({ ...task, dueOn: event.currentTarget.value })}
            error={errors["dueOn"]}
          />
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
