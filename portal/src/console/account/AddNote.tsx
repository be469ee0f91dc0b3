import { Button, Group, Textarea } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { useTranslations } from "use-intl";
import { useChange } from "~/api/useChange";
import { CreateNote, DeleteNote } from "~/console/account/changes/operations";
import { useUndo } from "~/ui/useUndo";

/** A place for a note, which can be taken back. */
export function AddNote({ accountId, onAdded }: { accountId: string; onAdded: () => void }) {
  const t = useTranslations("consoleAccount");
  const [body, setBody] = useState("");
  const [key, setKey] = useState(() => crypto.randomUUID());
  const [error, setError] = useState<string>();
  const create = useChange(CreateNote, ["body"]);
  const remove = useChange(DeleteNote);
  const undoable = useUndo();

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const { payload, errors } = await create.run({ input: { accountId, body, idempotencyKey: key } });
    setError(errors?.["body"] ?? errors?.[""]);
    if (payload === undefined) return;
    setBody("");
    setKey(crypto.randomUUID());
    onAdded();
    const made = payload.note?.id;
    if (made !== undefined) undoable(t("note.added"), () => remove.run({ input: { noteId: made } }).then(onAdded));
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Textarea
        aria-label={t("newNote")}
        autosize
        minRows={2}
        required
        maxLength={10_000}
        value={body}
        error={error}
        onChange={(event) => setBody(event.currentTarget.value)}
      />
      <Group justify="flex-end" mt="xs">
        <Button type="submit" size="xs" loading={create.isRunning}>
          {t("save")}
        </Button>
      </Group>
    </form>
  );
}
