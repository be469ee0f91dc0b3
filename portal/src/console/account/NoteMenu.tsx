import { ActionIcon, Menu, Textarea } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconDots } from "@tabler/icons-react";
import { useState, type FormEvent } from "react";
import { useTranslations } from "use-intl";
import { useChange } from "~/api/useChange";
import { DeleteNote, RestoreNote, UpdateNote } from "~/console/account/changes/operations";
import { FormDialog } from "~/ui/FormDialog";
import { useUndo } from "~/ui/useUndo";

type Note = { id: string; body: string; sentence: string };

/** What can be done with a note by whoever wrote it; each of it can be undone. */
export function NoteMenu({ note, onChanged }: { note: Note; onChanged: () => void }) {
  const t = useTranslations("consoleAccount.note");
  const undoable = useUndo();
  const remove = useChange(DeleteNote);
  const restore = useChange(RestoreNote);
  const [isEditing, editing] = useDisclosure();
  const input = { noteId: note.id };

  const drop = async () => {
    if ((await remove.run({ input })).errors !== undefined) return;
    onChanged();
    undoable(t("deleted"), () => restore.run({ input }).then(onChanged));
  };
  return (
    <>
      <Menu withinPortal position="bottom-end">
        <Menu.Target>
          <ActionIcon size="sm" variant="subtle" color="gray" aria-label={t("menu", { note: note.sentence })}>
            <IconDots size={16} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={editing.open}>{t("edit")}</Menu.Item>
          <Menu.Item onClick={() => void drop()}>{t("delete")}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {isEditing && <EditNote note={note} onClose={editing.close} />}
    </>
  );
}

function EditNote({ note, onClose }: { note: Note; onClose: () => void }) {
  const t = useTranslations("consoleAccount.note");
  const shared = useTranslations("shared");
  const undoable = useUndo();
  const { run, isRunning } = useChange(UpdateNote, ["body"]);
  const back = useChange(UpdateNote);
  const [former] = useState(note.body);
  const [body, setBody] = useState(note.body);
  const [errors, setErrors] = useState<Record<string, string>>({});

  const submit = async (event?: FormEvent) => {
    event?.preventDefault();
    const outcome = await run({ input: { noteId: note.id, body } });
    if (outcome.errors !== undefined) {
      setErrors(outcome.errors);
      return;
    }
    onClose();
    undoable(t("changed"), () => back.run({ input: { noteId: note.id, body: former } }));
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
      <Textarea
        aria-label={t("body")}
        autosize
        minRows={4}
        required
        data-autofocus
        maxLength={10_000}
        value={body}
        error={errors["body"]}
        onChange={(event) => setBody(event.currentTarget.value)}
      />
    </FormDialog>
  );
}
