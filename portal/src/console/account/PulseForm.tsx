import { Group, Radio, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { once } from "~/api/once";
import { useChange } from "~/api/useChange";
import { RecordPulse } from "~/console/account/changes/operations";
import { MOODS, type Mood } from "~/console/account/moods";
import { FormDialog } from "~/ui/FormDialog";

type Props = {
  accountId: string;
  /** How it felt until now. */
  before: Mood | undefined;
  onSaid: (mood: Mood, id: string | undefined) => void;
  onClose: () => void;
};

/** Say how an account feels, why, and until when that counts. */
export function PulseForm({ accountId, before, onSaid, onClose }: Props) {
  const t = useTranslations("consoleAccount");
  const { run, isRunning } = useChange(RecordPulse, ["mood", "reason", "expiresOn"]);
  const [key] = useState(once);
  const form = useForm({ initialValues: { mood: (before ?? "") as Mood | "", reason: "", expiresOn: "" } });

  const submit = form.onSubmit(async ({ mood, reason, expiresOn }) => {
    if (mood === "") {
      form.setFieldError("mood", t("pulseNeeded"));
      return;
    }
    const { payload, errors } = await run({
      input: { accountId, mood, reason: reason === "" ? null : reason, expiresOn: expiresOn === "" ? null : expiresOn, idempotencyKey: key },
    });
    if (payload === undefined) form.setErrors(errors);
    else onSaid(mood, payload.pulse?.id);
  });
  return (
    <FormDialog title={t("sayPulse")} action={t("save")} isRunning={isRunning} refusal={form.errors[""]} onSubmit={submit} onClose={onClose}>
      <Radio.Group label={t("pulse")} required {...form.getInputProps("mood")}>
        <Group mt="xs">
          {MOODS.map((mood) => (
            <Radio key={mood} value={mood} label={t(`moods.${mood}`)} data-autofocus={mood === (before ?? MOODS[0]) || undefined} />
          ))}
        </Group>
      </Radio.Group>
      <Textarea label={t("pulseReason")} autosize minRows={3} maxLength={2000} {...form.getInputProps("reason")} />
      <TextInput label={t("pulseUntil")} description={t("pulseUntilHint")} type="date" {...form.getInputProps("expiresOn")} />
    </FormDialog>
  );
}
