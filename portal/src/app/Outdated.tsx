import { Alert, Button, Group, Text } from "@mantine/core";
import { useTranslations } from "use-intl";
import { wordedCode } from "~/ui/ErrorState";
import { useReturn } from "~/ui/useReturn";

type Props = { code: string; isRetrying: boolean; onRetry: () => void };

/** Above a page that was asked for anew in vain: why, and a way on. It is tried again when the reader is back, and with all that is shown when the socket is. */
export function Outdated({ code, isRetrying, onRetry }: Props) {
  const t = useTranslations("shared.errors");
  const worded = wordedCode(code);
  const isOld = worded === "PERSISTED_QUERY_NOT_FOUND";
  useReturn(onRetry);

  return (
    <Alert color="red" role="alert" mb="md" p="xs" title={t(`${worded}.title`)}>
      <Group justify="space-between" gap="xs">
        <Text size="sm">{isOld ? t("PERSISTED_QUERY_NOT_FOUND.notSaved") : t("outdated")}</Text>
        <Button size="compact-sm" variant="default" loading={isRetrying} onClick={isOld ? () => window.location.reload() : onRetry}>
          {isOld ? t("reload") : t("retry")}
        </Button>
      </Group>
    </Alert>
  );
}
