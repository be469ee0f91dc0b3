import { Badge, Button, Group, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { useFormatter } from "~/app/format";
import { EndTwoFactor } from "~/settings/EndTwoFactor";
import { RecoveryCodes } from "~/settings/RecoveryCodes";
import { SetUpTwoFactor } from "~/settings/SetUpTwoFactor";
import { Card } from "~/ui/Card";

type Props = { twoFactor: { enabledAt: string | null; recoveryCodesLeft: number } | null; onMoved: () => void };

/** With fewer recovery codes left, it is time for new ones. */
const FEW = 3;

/** A code of an authenticator app beside the password: on, off, and what is left of the recovery codes. */
export function TwoFactor({ twoFactor, onMoved }: Props) {
  const t = useTranslations("settings.twoFactor");
  const format = useFormatter();
  const [shown, setShown] = useState<"setUp" | "end" | "renew">();
  const [codes, setCodes] = useState<readonly string[]>();
  const enabledAt = twoFactor?.enabledAt ?? null;
  const left = twoFactor?.recoveryCodesLeft ?? 0;

  const done = (fresh?: readonly string[]) => {
    setShown(undefined);
    setCodes(fresh);
    onMoved();
  };

  return (
    <Card
      title={t("title")}
      action={
        <Badge variant="light" color={enabledAt === null ? "gray" : "green"} c="var(--mantine-color-text)">
          {t(enabledAt === null ? "off" : "on")}
        </Badge>
      }
    >
      <Stack>
        <Text size="sm">{enabledAt === null ? t("offText") : t("onText", { day: format.dateTime(new Date(enabledAt), "day") })}</Text>
        {enabledAt !== null && (
          <Text size="sm" c={left < FEW ? "red" : "dimmed"}>
            {t("left", { count: left })}
          </Text>
        )}
        <Group>
          {enabledAt === null ? (
            <Button onClick={() => setShown("setUp")}>{t("turnOn")}</Button>
          ) : (
            <>
              <Button variant="default" onClick={() => setShown("renew")}>
                {t("renew")}
              </Button>
              <Button variant="subtle" color="red" onClick={() => setShown("end")}>
                {t("turnOff")}
              </Button>
            </>
          )}
        </Group>
      </Stack>
      {shown === "setUp" && <SetUpTwoFactor onClose={() => setShown(undefined)} onDone={done} />}
      {(shown === "end" || shown === "renew") && <EndTwoFactor what={shown} onClose={() => setShown(undefined)} onDone={done} />}
      {codes !== undefined && <RecoveryCodes codes={codes} onClose={() => setCodes(undefined)} />}
    </Card>
  );
}
