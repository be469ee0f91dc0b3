import { Alert, Anchor, Button, Stack, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { useTranslations } from "use-intl";
import { useAttempt } from "~/sign-in/useAttempt";

type Props = { onCode: (code: string) => Promise<void>; onBack: () => void };

/** The code of an authenticator app, or one of the recovery codes. */
export function SecondFactor({ onCode, onBack }: Props) {
  const t = useTranslations("shared.signIn");
  const [code, setCode] = useState("");
  const { run, isRunning, refusal } = useAttempt();

  const submit = (event: FormEvent) => {
    event.preventDefault();
    void run(() => onCode(code.trim()));
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        {refusal !== undefined && (
          <Alert color="red" role="alert">
            {refusal}
          </Alert>
        )}
        <TextInput
          label={t("code")}
          description={t("codeHint")}
          autoComplete="one-time-code"
          inputMode="text"
          required
          autoFocus
          maxLength={40}
          value={code}
          onChange={(event) => setCode(event.currentTarget.value)}
        />
        <Button type="submit" loading={isRunning}>
          {t("submit")}
        </Button>
        <Anchor component="button" type="button" size="sm" onClick={onBack}>
          {t("back")}
        </Anchor>
      </Stack>
    </form>
  );
}
