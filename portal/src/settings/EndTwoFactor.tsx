import { Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useTranslations } from "use-intl";
import { useChange } from "~/api/useChange";
import { CurrentPassword } from "~/settings/CurrentPassword";
import { DisableTwoFactor, RenewRecoveryCodes } from "~/settings/operations";
import { FormDialog } from "~/ui/FormDialog";

type Props = { what: "end" | "renew"; onClose: () => void; onDone: (codes?: readonly string[]) => void };

/** Turn two-factor off, or make new recovery codes; either asks for the password and a code. */
export function EndTwoFactor({ what, onClose, onDone }: Props) {
  const t = useTranslations("settings.twoFactor");
  const end = useChange(DisableTwoFactor, ["currentPassword", "code"]);
  const renew = useChange(RenewRecoveryCodes, ["currentPassword", "code"]);
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
    <FormDialog
      title={t(what)}
      action={t(what === "end" ? "turnOff" : "renew")}
      color={what === "end" ? "red" : undefined}
      isRunning={end.isRunning || renew.isRunning}
      refusal={form.errors[""]}
      onSubmit={submit}
      onClose={onClose}
    >
      <Text size="sm">{t(what === "end" ? "turnOffText" : "renewText")}</Text>
      <CurrentPassword data-autofocus {...form.getInputProps("currentPassword")} />
      <TextInput
        label={t("code")}
        description={t("codeHint")}
        autoComplete="one-time-code"
        required
        maxLength={40}
        {...form.getInputProps("code")}
      />
    </FormDialog>
  );
}
