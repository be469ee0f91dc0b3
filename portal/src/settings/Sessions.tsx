import { Button, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { useChange } from "~/api/useChange";
import { RevokeOtherSessions, RevokeSession } from "~/settings/operations";
import { SessionLine, type SessionData } from "~/settings/SessionLine";
import { Card } from "~/ui/Card";

type Props = { sessions: SessionData[]; onEnded: () => void };

/** Where somebody is signed in, and the way out of the other places. */
export function Sessions({ sessions, onEnded }: Props) {
  const t = useTranslations("settings.devices");
  const one = useChange(RevokeSession);
  const others = useChange(RevokeOtherSessions);
  const [ending, setEnding] = useState<string>();
  const open = sessions.filter(({ endedAt, expiresAt }) => endedAt === null && new Date(expiresAt) > new Date());

  const end = async (sessionId: string) => {
    setEnding(sessionId);
    await one.run({ input: { sessionId } });
    setEnding(undefined);
  };
  const endOthers = async () => {
    const { payload } = await others.run({ input: {} });
    if (payload === undefined) return;
    notifications.show({ message: t("endedOthers", { count: payload.revokedCount ?? 0 }) });
    onEnded();
  };

  return (
    <Card
      title={t("sessions")}
      action={
        open.length > 1 && (
          <Button variant="light" size="compact-md" loading={others.isRunning} onClick={() => void endOthers()}>
            {t("signOutOthers")}
          </Button>
        )
      }
    >
      {open.length === 0 ? (
        <Text c="dimmed">{t("noSessions")}</Text>
      ) : (
        <Stack component="ul" m={0} p={0}>
          {open.map((session) => (
            <SessionLine key={session.id} session={session} isEnding={ending === session.id} onEnd={() => void end(session.id)} />
          ))}
        </Stack>
      )}
    </Card>
  );
}
