import { Alert, Button, Group, Text } from "@mantine/core";
import { useEffect, useEffectEvent } from "react";
import { useTranslations } from "use-intl";
import { onRejoined } from "~/api/live";
import { wordedCode } from "~/ui/ErrorState";
import { useReturn } from "~/ui/useReturn";

type Props = { code: string; isRetrying: boolean; onRetry: () => void };

/** Above a page that was asked for anew in vain: why, and a way on. It is tried again when the socket or the reader is back. */
export function Outdated({ code, isRetrying, onRetry }: Props) {
  const t = useTranslations("shared.errors");
  const worded = wordedCode(code);
  const isOld = worded === "PERSISTED_QUERY_NOT_FOUND";
  const retry = useEffectEvent(onRetry);
  useEffect(() => onRejoined(() => retry()), []);
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
