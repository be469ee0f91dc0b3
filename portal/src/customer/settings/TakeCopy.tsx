import { Text } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { ownCopy } from "~/api/ownCopy";
import { AuthRefusal } from "~/api/session";
import { CurrentPassword } from "~/settings/CurrentPassword";
import { FormDialog } from "~/ui/FormDialog";
import { handOut } from "~/ui/handOut";

const NAME = "what-is-held-about-me.json";

/** Asks for the password, and hands out a copy of what is held about the reader. */
export function TakeCopy({ onClose }: { onClose: () => void }) {
  const t = useTranslations("customerSettings.privacy");
  const shared = useTranslations("shared");
  const [isRunning, setRunning] = useState(false);
  const form = useForm({ initialValues: { currentPassword: "" } });

  const submit = form.onSubmit(async ({ currentPassword }) => {
    setRunning(true);
    try {
      handOut(NAME, await ownCopy(currentPassword === "" ? null : currentPassword));
      onClose();
    } catch (error) {
      if (!(error instanceof AuthRefusal)) form.setErrors({ "": shared("errors.UNREACHABLE.title") });
      else form.setErrors({ [Array.isArray(error.extensions["field"]) ? "currentPassword" : ""]: error.message });
    }
    setRunning(false);
  });

  return (
    <FormDialog title={t("takeCopy")} action={t("download")} isRunning={isRunning} refusal={form.errors[""]} onSubmit={submit} onClose={onClose}>
      <Text size="sm">{t("takeCopyText")}</Text>
      <CurrentPassword data-autofocus {...form.getInputProps("currentPassword")} />
    </FormDialog>
  );
}
