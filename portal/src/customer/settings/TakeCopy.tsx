import { Alert, Button, Group, PasswordInput, Stack, Text } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { ownCopy } from "~/api/ownCopy";
import { AuthRefusal } from "~/api/session";
import { Dialog } from "~/ui/Dialog";
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
    <Dialog onClose={onClose} title={t("takeCopy")}>
      <form onSubmit={submit}>
        <Stack>
          <Text size="sm">{t("takeCopyText")}</Text>
          {form.errors[""] !== undefined && (
            <Alert color="red" role="alert">
              {form.errors[""]}
            </Alert>
          )}
          <PasswordInput
            label={t("password")}
            description={t("passwordHint")}
            autoComplete="current-password"
            maxLength={256}
            data-autofocus
            {...form.getInputProps("currentPassword")}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {shared("cancel")}
            </Button>
            <Button type="submit" loading={isRunning}>
              {t("download")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
