import { TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { useTranslations } from "use-intl";
import { useChange } from "~/api/useChange";
import { CreateAccountTask } from "~/console/account/changes/operations";
import { CancelTask } from "~/console/tasks/changes/operations";
import { FormDialog } from "~/ui/FormDialog";
import { useUndo } from "~/ui/useUndo";

type Props = { accountId: string; isOpen: boolean; onClose: () => void };

/** Something to be done about an account, by oneself. */
export function AddTask({ accountId, isOpen, onClose }: Props) {
  const t = useTranslations("consoleAccount");
  const [title, setTitle] = useState("");
  const [dueOn, setDueOn] = useState("");
  const [key, setKey] = useState(() => crypto.randomUUID());
  const [errors, setErrors] = useState<Record<string, string>>({});
  const create = useChange(CreateAccountTask, ["title", "dueOn"]);
  const cancel = useChange(CancelTask);
  const undoable = useUndo();

  const submit = async (event?: FormEvent) => {
    event?.preventDefault();
    const outcome = await create.run({
      input: { accountId, title, ...(dueOn === "" ? {} : { dueOn }), idempotencyKey: key },
    });
    setErrors(outcome.errors ?? {});
    if (outcome.payload === undefined) return;
    const made = outcome.payload.task?.id;
    setTitle("");
    setDueOn("");
    setKey(crypto.randomUUID());
    onClose();
    if (made !== undefined) undoable(t("taskAdded"), () => cancel.run({ input: { taskId: made } }));
  };

  if (!isOpen) return null;
  return (
    <FormDialog title={t("addTask")} action={t("save")} isRunning={create.isRunning} refusal={errors[""]} onSubmit={(event) => void submit(event)} onClose={onClose}>
      <TextInput
        label={t("taskTitle")}
        required
        data-autofocus
        maxLength={200}
        value={title}
        error={errors["title"]}
        onChange={(event) => setTitle(event.currentTarget.value)}
      />
      <TextInput
        label={t("dueOn")}
        type="date"
        value={dueOn}
        error={errors["dueOn"]}
        onChange={(event) => setDueOn(event.currentTarget.value)}
      />
    </FormDialog>
  );
}
