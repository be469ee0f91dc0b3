import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { useTranslations } from "use-intl";
import { useChange } from "~/api/useChange";
import { CreateAccountTask } from "~/console/account/changes/operations";
import { CancelTask } from "~/console/tasks/changes/operations";
import { useUndo } from "~/ui/useUndo";

type Props = { accountId: string; isOpen: boolean; onClose: () => void };

/** Something to be done about an account, by oneself. */
export function AddTask({ accountId, isOpen, onClose }: Props) {
  const t = useTranslations("consoleAccount");
  const [title, setTitle] = useState("");
  const [dueOn, setDueOn] = useState("");
  const [key, setKey] = useState(() => crypto.randomUUID());
  const [errors, setErrors] = useState<Record<string, string>>({});
  const create = useChange(CreateAccountTask);
  const cancel = useChange(CancelTask);
  const undoable = useUndo();

  const submit = async (event: FormEvent) => {
    event.preventDefault();
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

  return (
    <Modal opened={isOpen} onClose={onClose} title={t("addTask")}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack>
          <TextInput
            label={t("taskTitle")}
            required
            data-autofocus
            maxLength={200}
            value={title}
            error={errors["title"] ?? errors[""]}
            onChange={(event) => setTitle(event.currentTarget.value)}
          />
          <TextInput
            label={t("dueOn")}
            type="date"
            value={dueOn}
            error={errors["dueOn"]}
            onChange={(event) => setDueOn(event.currentTarget.value)}
          />
          <Group justify="flex-end">
            <Button type="submit" loading={create.isRunning}>
              {t("save")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
