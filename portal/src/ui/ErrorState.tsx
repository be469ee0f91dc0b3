import { Button, Stack, Text, Title } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useTranslations } from "use-intl";
import { useTitle } from "~/ui/useTitle";

/** Codes that have words of their own; any other is worded as UNKNOWN. */
const WORDED = ["UNREACHABLE", "TIMEOUT", "THROTTLED", "COST_LIMIT_EXCEEDED", "PERSISTED_QUERY_NOT_FOUND", "VIEW_OVER", "CRASH"] as const;

/** The code by whose words an error is told. */
export const wordedCode = (code: string) => WORDED.find((each) => each === code) ?? "UNKNOWN";

type Props = { code: string; requestId?: string; onRetry: () => void };

/** Something failed that is not the reader's doing: what, and a way on. */
export function ErrorState({ code, requestId, onRetry }: Props) {
  const t = useTranslations("shared.errors");
  const worded = wordedCode(code);
  useTitle(t(`${worded}.title`));
  const isOld = worded === "PERSISTED_QUERY_NOT_FOUND";

  return (
    <Stack align="center" gap="xs" py="xl" role="alert">
      <IconAlertTriangle size={32} stroke={1.5} aria-hidden />
      <Title order={1} size="h4">
        {t(`${worded}.title`)}
      </Title>
      <Text c="dimmed" ta="center" maw={440}>
        {t(`${worded}.text`)}
      </Text>
      {requestId !== undefined && (
        <Text c="dimmed" size="xs">
          {t("requestId", { requestId })}
        </Text>
      )}
      <Button mt="sm" variant="default" onClick={isOld ? () => window.location.reload() : onRetry}>
        {isOld ? t("reload") : t("retry")}
      </Button>
    </Stack>
  );
}
