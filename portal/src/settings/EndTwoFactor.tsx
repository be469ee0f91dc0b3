import { Alert, Button, Group, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useTranslations } from "use-intl";
import { useChange } from "~/api/useChange";
import { DisableTwoFactor, RenewRecoveryCodes } from "~/settings/operations";
import { Dialog } from "~/ui/Dialog";

type Props = { what: "end" | "renew"; onClose: () => void; onDone: (codes?: readonly string[]) => void };

/** Turn two-factor off, or make new recovery codes; either asks for the password and a code. */
export function EndTwoFactor({ what, onClose, onDone }: Props) {
  const t = useTranslations("settings.twoFactor");
  const shared = useTranslations("shared");
  const end = useChange(DisableTwoFactor);
  const renew = useChange(RenewRecoveryCodes);
  const form = useForm({ initialValues: { currentPassword: "", code: "" } });

  const submit = form.onSubmit(async ({ currentPassword, code }) => {
    const input = { code: code.trim(), currentPassword: currentPassword === "" ? null : currentPassword };
    if (what === "renew") {
      const { payload, errors } = await renew.run({ input });
      if (payload === undefined) form.setErrors(errors);
      else onDone(payload.recoveryCodes ?? undefined);
    } else {
      const { payload, errors } = await end.run({ input });
      if (payload === undefined) form.setErrors(errors);
      else onDone();
    }
  });

  return (
    <Dialog onClose={onClose} title={t(what)}>
      <form onSubmit={submit}>
        <Stack>
          <Text size="sm">{t(what === "end" ? "turnOffText" : "renewText")}</Text>
          {form.errors[""] !== undefined && (
            <Alert color="red" role="alert">
              {form.errors[""]}
            </Alert>
          )}
          <PasswordInput
            label={t("password")}
            description={t("passwordHint")}
            autoComplete="current-password"
            maxLength={1000}
            data-autofocus
            {...form.getInputProps("currentPassword")}
          />
          <TextInput
            label={t("code")}
            description={t("codeHint")}
            autoComplete="one-time-code"
            required
            maxLength={40}
            {...form.getInputProps("code")}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {shared("cancel")}
            </Button>
            <Button type="submit" color={what === "end" ? "red" : undefined} loading={end.isRunning || renew.isRunning}>
              {t(what === "end" ? "turnOff" : "renew")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
