import { Checkbox, Text, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { useTranslations } from "use-intl";
import { useChange } from "~/api/useChange";
import type { ListState } from "~/console/accounts/address";
import type { AccountFilter } from "~/console/accounts/filter";
import { CreateSavedView, SetDefaultView } from "~/console/accounts/operations";
import { FormDialog } from "~/ui/FormDialog";

type Props = {
  /** What it is called, unless another name is written. */
  name: string;
  /** Whether the reader's list shall begin with it, unless that is taken back. */
  isDefault: boolean;
  kept: { filter: AccountFilter; orderBy: ListState["order"]; columns: string[] };
  onClose: () => void;
  onSaved: (view: string) => void;
};

/** Keep the present list by a name. */
export function SaveView({ kept, onClose, onSaved, ...given }: Props) {
  const t = useTranslations("consoleAccounts.views");
  const { run, isRunning } = useChange(CreateSavedView, ["name"]);
  const begin = useChange(SetDefaultView);
  const [name, setName] = useState(given.name);
  const [isDefault, setDefault] = useState(given.isDefault);
  const [isShared, setShared] = useState(false);
  const [errors, setErrors] = useState<Record<string, string>>({});

  const submit = async (event?: FormEvent) => {
    event?.preventDefault();
    const outcome = await run({ input: { name, isShared, ...kept } });
    if (outcome.errors !== undefined) {
      setErrors(outcome.errors);
      return;
    }
    const made = outcome.payload.savedView?.id;
    if (made === undefined) return;
    if (isDefault) await begin.run({ input: { savedViewId: made } });
    onSaved(made);
  };
  return (
    <FormDialog
      title={t("saveTitle")}
      action={t("submit")}
      isRunning={isRunning || begin.isRunning}
      refusal={errors[""]}
      onSubmit={(event) => void submit(event)}
      onClose={onClose}
    >
      <Text size="sm" c="dimmed">
        {t("saveText")}
      </Text>
      <TextInput
        label={t("name")}
        required
        maxLength={100}
        data-autofocus
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        error={errors["name"]}
      />
      <Checkbox label={t("isShared")} checked={isShared} onChange={(event) => setShared(event.currentTarget.checked)} />
      <Checkbox label={t("isDefault")} checked={isDefault} onChange={(event) => setDefault(event.currentTarget.checked)} />
    </FormDialog>
  );
}
