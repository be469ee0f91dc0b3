import { Code, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useState } from "react";
import { useTranslations } from "use-intl";
import "@mantine/core/styles/Code.css";
import { useChange } from "~/api/useChange";
import { CurrentPassword } from "~/settings/CurrentPassword";
import { BeginTwoFactor, ConfirmTwoFactor } from "~/settings/operations";
import { FormDialog } from "~/ui/FormDialog";
import { QrCode } from "~/ui/QrCode";

type Props = { onClose: () => void; onDone: (codes?: readonly string[]) => void };

/** Turn two-factor on: prove who it is, scan or type the secret, and show by a code that it arrived. */
export function SetUpTwoFactor({ onClose, onDone }: Props) {
  const t = useTranslations("settings.twoFactor");
  const [made, setMade] = useState<{ secret: string; uri: string }>();
  const begin = useChange(BeginTwoFactor, ["currentPassword"]);
  const confirm = useChange(ConfirmTwoFactor, ["code"]);
  const form = useForm({ initialValues: { currentPassword: "", code: "" } });

  const prove = form.onSubmit(async ({ currentPassword }) => {
    const { payload, errors } = await begin.run({ input: { currentPassword: currentPassword === "" ? null : currentPassword } });
    if (payload === undefined) form.setErrors(errors);
    else if (payload.secret !== null && payload.uri !== null) setMade({ secret: payload.secret, uri: payload.uri });
  });
  const finish = form.onSubmit(async ({ code }) => {
    const { payload, errors } = await confirm.run({ input: { code: code.trim() } });
    if (payload === undefined) form.setErrors(errors);
    else onDone(payload.recoveryCodes ?? undefined);
  });

  return (
    <FormDialog
      title={t("setUp")}
      action={t(made === undefined ? "goOn" : "turnOn")}
      isRunning={begin.isRunning || confirm.isRunning}
      refusal={form.errors[""]}
      onSubmit={made === undefined ? prove : finish}
      onClose={onClose}
    >
      {made === undefined ? (
        <CurrentPassword key="password" data-autofocus {...form.getInputProps("currentPassword")} />
      ) : (
        <>
          <Text size="sm">{t("scan")}</Text>
          <QrCode text={made.uri} label={t("qr")} />
          <Text size="sm">
            {t("orType")} <Code>{made.secret}</Code>
          </Text>
          <TextInput
            key="code"
            label={t("code")}
            description={t("codeFromApp")}
            autoComplete="one-time-code"
            inputMode="numeric"
            required
            maxLength={40}
            {...form.getInputProps("code")}
          />
        </>
      )}
    </FormDialog>
  );
}
