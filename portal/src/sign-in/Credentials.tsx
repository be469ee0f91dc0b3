import { Alert, Anchor, Button, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { useTranslations } from "use-intl";
import { post } from "~/api/session";
import { useAttempt } from "~/sign-in/useAttempt";

type Props = { onPassword: (email: string, password: string) => Promise<void> };

/** An address with a password, or with a link that is mailed to it. */
export function Credentials({ onPassword }: Props) {
  const t = useTranslations("shared.signIn");
  const [way, setWay] = useState<"password" | "link">("password");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [mailed, setMailed] = useState<string>();
  const { run, isRunning, refusal } = useAttempt();

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (way === "password") void run(() => onPassword(email, password));
    else void run(() => post("link", { email }).then(() => setMailed(email)));
  };

  if (mailed !== undefined) {
    return (
      <Stack role="status">
        <Text>{t("mailed", { email: mailed })}</Text>
        <Anchor component="button" type="button" onClick={() => setMailed(undefined)}>
          {t("otherWay")}
        </Anchor>
      </Stack>
    );
  }
  return (
    <form onSubmit={submit}>
      <Stack>
        {refusal !== undefined && (
          <Alert color="red" role="alert">
            {refusal}
          </Alert>
        )}
        <TextInput
          label={t("email")}
          type="email"
          name="email"
          autoComplete="username"
          required
          data-autofocus
          maxLength={320}
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
        />
        {way === "password" && (
          <PasswordInput
            label={t("password")}
            name="password"
            autoComplete="current-password"
            required
            maxLength={1000}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
        )}
        <Button type="submit" loading={isRunning}>
          {way === "password" ? t("submit") : t("mailLink")}
        </Button>
        <Anchor component="button" type="button" size="sm" onClick={() => setWay(way === "password" ? "link" : "password")}>
          {way === "password" ? t("byLink") : t("byPassword")}
        </Anchor>
      </Stack>
    </form>
  );
}
