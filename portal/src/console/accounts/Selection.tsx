import { Button, Group, Paper, TagsInput, Text } from "@mantine/core";
import { useState, type FormEvent, type ReactNode } from "react";
import { useTranslations } from "use-intl";
import type { VariablesOf } from "~/api/graphql";
import { useChange } from "~/api/useChange";
import type { ChosenAccount } from "~/console/accounts/line";
import { UpdateAccounts } from "~/console/accounts/operations";
import { useOptions, type Vocabulary } from "~/console/accounts/wording";
import { StaffSelect, type StaffChoice } from "~/console/search/StaffSelect";
import { FormDialog } from "~/ui/FormDialog";
import { useKeptFocus } from "~/ui/useKeptFocus";
import { useUndo } from "~/ui/useUndo";

type Props = {
  chosen: ChosenAccount[];
  vocabulary: Vocabulary;
  onClear: () => void;
  /** What else can be chosen. */
  children?: ReactNode;
};
type Change = Omit<VariablesOf<typeof UpdateAccounts>["input"], "accountIds">;

/** How many accounts one change may name. */
const AT_ONCE = 100;

/** What is done with the accounts that are chosen; each of it can be undone. */
export function Selection({ chosen, vocabulary, onClear, children }: Props) {
  const t = useTranslations("consoleAccounts.chosen");
  const [shown, setShown] = useState<"assign" | "tag">();
  const keptFocus = useKeptFocus();
  if (chosen.length === 0) return null;
  const close = () => setShown(undefined);
  return (
    <Paper withBorder p="xs" role="group" aria-label={t("label")}>
      <div {...keptFocus}>
        <Group gap="xs">
          <Text size="sm" fw={600} aria-live="polite">
            {t("count", { count: chosen.length })}
          </Text>
          {children}
          <Button size="compact-sm" onClick={() => setShown("assign")}>
            {t("assign")}
          </Button>
          <Button size="compact-sm" onClick={() => setShown("tag")}>
            {t("tag")}
          </Button>
          <Button size="compact-sm" variant="subtle" color="gray" onClick={onClear}>
            {t("clear")}
          </Button>
        </Group>
      </div>
      {shown === "assign" && <Assign chosen={chosen} onClose={close} />}
      {shown === "tag" && <Tag chosen={chosen} vocabulary={vocabulary} onClose={close} />}
    </Paper>
  );
}

/** Change accounts, as many at once as the API takes. Answers with the errors of its form; none where all is done. */
function useUpdate(fields?: readonly string[]) {
  const { run, isRunning } = useChange(UpdateAccounts, fields);
  /** Which were changed: all, or those before the hundred that was refused. */
  const update = async (accounts: ChosenAccount[], change: Change): Promise<{ changed: ChosenAccount[]; errors?: Record<string, string> }> => {
    for (let from = 0; from < accounts.length; from += AT_ONCE) {
      const { errors } = await run({ input: { accountIds: accounts.slice(from, from + AT_ONCE).map(({ id }) => id), ...change } });
      if (errors !== undefined) return { changed: accounts.slice(0, from), errors };
    }
    return { changed: accounts };
  };
  return { update, isRunning };
}

type FormProps = { chosen: ChosenAccount[]; vocabulary: Vocabulary; onClose: () => void };

function Assign({ chosen, onClose }: Pick<FormProps, "chosen" | "onClose">) {
  const t = useTranslations("consoleAccounts.chosen");
  const undoable = useUndo();
  const { update, isRunning } = useUpdate(["successManagerId"]);
  // The form is gone by then, and with it the place for a refusal.
  const back = useUpdate();
  const [manager, setManager] = useState<StaffChoice | null>(null);
  const [errors, setErrors] = useState<Record<string, string>>({});

  const submit = async (event?: FormEvent) => {
    event?.preventDefault();
    const { changed, errors: failed } = await update(chosen, { successManagerId: manager?.id ?? null });
    const count = changed.length;
    if (count > 0) {
      undoable(manager === null ? t("unassigned", { count }) : t("assigned", { count, name: manager.displayName }), async () => {
        for (const former of new Set(changed.map(({ successManager }) => successManager?.id ?? null))) {
          await back.update(
            changed.filter(({ successManager }) => (successManager?.id ?? null) === former),
            { successManagerId: former },
          );
        }
      });
    }
    if (failed === undefined) onClose();
    else setErrors(failed);
  };
  return (
    <FormDialog title={t("assign")} action={t("submit")} isRunning={isRunning} refusal={errors[""]} onSubmit={(event) => void submit(event)} onClose={onClose}>
      <StaffSelect label={t("assignTo")} value={manager} onChange={setManager} error={errors["successManagerId"]} />
    </FormDialog>
  );
}

function Tag({ chosen, vocabulary, onClose }: FormProps) {
  const t = useTranslations("consoleAccounts.chosen");
  const undoable = useUndo();
  const optionsOf = useOptions(vocabulary);
  const { update, isRunning } = useUpdate(["addTags", "removeTags"]);
  const back = useUpdate();
  const [added, setAdded] = useState<string[]>([]);
  const [removed, setRemoved] = useState<string[]>([]);
  const [errors, setErrors] = useState<Record<string, string>>({});
  const worn = [...new Set(chosen.flatMap(({ internal }) => internal?.tags ?? []))];

  const submit = async (event?: FormEvent) => {
    event?.preventDefault();
    const { changed, errors: failed } = await update(chosen, { addTags: added, removeTags: removed });
    if (changed.length > 0) {
      undoable(t("tagged", { count: changed.length }), async () => {
        for (const tag of added) {
          const without = changed.filter(({ internal }) => !internal?.tags.includes(tag));
          if (without.length > 0) await back.update(without, { removeTags: [tag] });
        }
        for (const tag of removed) {
          const having = changed.filter(({ internal }) => internal?.tags.includes(tag));
          if (having.length > 0) await back.update(having, { addTags: [tag] });
        }
      });
    }
    if (failed === undefined) onClose();
    else setErrors(failed);
  };
  return (
    <FormDialog
      title={t("tag")}
      action={t("submit")}
      isReady={added.length + removed.length > 0}
      isRunning={isRunning}
      refusal={errors[""]}
      onSubmit={(event) => void submit(event)}
      onClose={onClose}
    >
      <TagsInput
        label={t("addTags")}
        description={t("tagHint")}
        data={optionsOf("tag").map(({ value }) => value)}
        value={added}
        onChange={setAdded}
        acceptValueOnBlur
        // Below it the words that are offered would lie over the button.
        comboboxProps={{ position: "top" }}
        error={errors["addTags"]}
      />
      {worn.length > 0 && <TagsInput label={t("removeTags")} data={worn} value={removed} onChange={setRemoved} comboboxProps={{ position: "top" }} error={errors["removeTags"]} />}
    </FormDialog>
  );
}
