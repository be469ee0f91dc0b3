import { Button, Group, Modal, NativeSelect, Stack, Textarea, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState, type FormEvent } from "react";
import { useTranslations } from "use-intl";
import { useChange } from "~/api/useChange";
import { LogTouchpoint } from "~/console/account/changes/operations";
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
  const log = useChange(LogTouchpoint);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
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

  return (
    <Modal opened={isOpen} onClose={onClose} title={t("logTouch")}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack>
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
            error={errors["summary"] ?? errors[""]}
            onChange={(event) => setSummary(event.currentTarget.value)}
          />
          <Group justify="flex-end">
            <Button type="submit" loading={log.isRunning}>
              {t("save")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
