import { NativeSelect, Textarea, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState, type FormEvent } from "react";
import { useTranslations } from "use-intl";
import { useChange } from "~/api/useChange";
import { LogTouchpoint } from "~/console/account/changes/operations";
import { FormDialog } from "~/ui/FormDialog";
import { thisMinute } from "~/ui/days";

const KINDS = ["CALL", "MEETING", "EMAIL", "CHAT", "OTHER"] as const;

type Props = { accountId: string; isOpen: boolean; onClose: () => void };

/** Note that one spoke with a customer. Sending twice has one effect: the key stays that of the open form. */
export function AddTouchpoint({ accountId, isOpen, onClose }: Props) {
  const t = useTranslations("consoleAccount");
  const [kind, setKind] = useState<(typeof KINDS)[number]>("CALL");
  const [at, setAt] = useState<string>();
  const [summary, setSummary] = useState("");
  const [key, setKey] = useState(() => crypto.randomUUID());
  const [errors, setErrors] = useState<Record<string, string>>({});
  const log = useChange(LogTouchpoint, ["kind", "occurredAt", "summary"]);

  const submit = async (event?: FormEvent) => {
    event?.preventDefault();
    const outcome = await log.run({
      input: { accountId, kind, summary, ...(at === undefined ? {} : { occurredAt: new Date(at).toISOString() }), idempotencyKey: key },
    });
    setErrors(outcome.errors ?? {});
    if (outcome.payload === undefined) return;
    setAt(undefined);
    setSummary("");
    setKey(crypto.randomUUID());
    onClose();
    notifications.show({ message: t("touchLogged") });
  };

  if (!isOpen) return null;
  return (
    <FormDialog title={t("logTouch")} action={t("save")} isRunning={log.isRunning} refusal={errors[""]} onSubmit={(event) => void submit(event)} onClose={onClose}>
      <NativeSelect
        label={t("kind")}
        data={KINDS.map((each) => ({ value: each, label: t(`touchKinds.${each}`) }))}
        value={kind}
        error={errors["kind"]}
        onChange={(event) => setKind(event.currentTarget.value as (typeof KINDS)[number])}
      />
      <TextInput
        type="datetime-local"
        label={t("when")}
        value={at ?? thisMinute()}
        max={thisMinute()}
        error={errors["occurredAt"]}
        onChange={({ currentTarget: { value } }) => setAt(value === "" ? undefined : value)}
      />
      <Textarea
        label={t("summary")}
        required
        autosize
        minRows={4}
        maxLength={10_000}
        data-autofocus
        value={summary}
        error={errors["summary"]}
        onChange={(event) => setSummary(event.currentTarget.value)}
      />
    </FormDialog>
  );
}
