import { Code, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState, type ReactNode } from "react";
import { useTranslations } from "use-intl";
import type { Outcome } from "~/api/useChange";
import { Secret } from "~/console/system/Secret";
import { Confirm } from "~/ui/Confirm";

type NewKeyProps = { kind: "apiKey" | "writeKey"; form: (onMade: (secret: string) => void) => ReactNode; onClose: () => void };

/** The form that makes a key, then the key, which is shown this once. */
export function NewKey({ kind, form, onClose }: NewKeyProps) {
  const t = useTranslations("consoleSystem.access");
  const [secret, setSecret] = useState<string>();
  if (secret === undefined) return form(setSecret);
  return (
    <Secret title={t(`${kind}Made`)} secret={secret} onClose={onClose}>
      {t.rich(`${kind}Use`, { code: (text) => <Code>{text}</Code> })}
    </Secret>
  );
}

/** `text`: what follows from it. */
type EndKeyProps = { name: string; text: string; run: () => Promise<Outcome<unknown>>; onClose: () => void };

/** Asks before a key is ended, and tells that it is. */
export function EndKey({ name, text, run, onClose }: EndKeyProps) {
  const t = useTranslations("consoleSystem.access");
  const ended = () => {
    onClose();
    notifications.show({ message: t("wasRevoked", { name }) });
  };
  return (
    <Confirm title={t("revokeOf", { name })} action={t("revoke")} run={run} onDone={ended} onClose={onClose}>
      <Text size="sm">{text}</Text>
    </Confirm>
  );
}
