import { Alert, Anchor, Button, Stack, Text } from "@mantine/core";
import { useTranslations } from "use-intl";
import { useAttempt } from "~/sign-in/useAttempt";

export type Choice = { id: string; name: string };

type Props = { accounts: Choice[]; onChoose: (accountId: string) => Promise<void>; onBack: () => void };

/** Which of the accounts that somebody belongs to they want to see. */
export function ChooseAccount({ accounts, onChoose, onBack }: Props) {
  const t = useTranslations("shared.signIn");
  const { run, isRunning, refusal } = useAttempt();
  return (
    <Stack>
      <Text>{t("chooseAccount")}</Text>
      {refusal !== undefined && (
        <Alert color="red" role="alert">
          {refusal}
        </Alert>
      )}
      {accounts.map(({ id, name }) => (
        <Button key={id} variant="default" disabled={isRunning} onClick={() => void run(() => onChoose(id))}>
          {name}
        </Button>
      ))}
      <Anchor component="button" type="button" size="sm" onClick={onBack}>
        {t("back")}
      </Anchor>
    </Stack>
  );
}
