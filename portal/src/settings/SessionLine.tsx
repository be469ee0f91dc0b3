import { Badge, Button, Group, Text } from "@mantine/core";
import { IconDeviceDesktop, IconDeviceMobile } from "@tabler/icons-react";
import { useTranslations } from "use-intl";
import { graphql, type FragmentOf } from "~/api/graphql";
import { useFormatter } from "~/app/format";
import { deviceOf } from "~/settings/device";

export const sessionLine = graphql(`
  fragment SessionLine on Session {
    id
    how
    device
    networkAddress
    isCurrent
    createdAt
    refreshedAt
    expiresAt
    endedAt
  }
`);

export type SessionData = FragmentOf<typeof sessionLine>;

type Props = { session: SessionData; isEnding: boolean; onEnd: () => void };

/** One device on which somebody is signed in. */
export function SessionLine({ session, isEnding, onEnd }: Props) {
  const t = useTranslations("settings.devices");
  const format = useFormatter();
  const { browser, system, isPhone } = deviceOf(session.device ?? "");
  const Picture = isPhone ? IconDeviceMobile : IconDeviceDesktop;
  const name = browser !== undefined && system !== undefined ? t("device", { browser, system }) : (browser ?? system ?? t("unknownDevice"));

  return (
    <Group component="li" justify="space-between" wrap="nowrap" align="flex-start">
      <Group gap="sm" wrap="nowrap" align="flex-start" miw={0}>
        <Picture size={20} stroke={1.6} aria-hidden />
        <div>
          <Group gap="xs">
            <Text size="sm" fw={600}>
              {name}
            </Text>
            {session.isCurrent && <Badge size="xs">{t("thisOne")}</Badge>}
          </Group>
          <Text size="xs" c="dimmed">
            {t(`how.${session.how}`, { day: format.dateTime(new Date(session.createdAt), "day") })}
          </Text>
          <Text size="xs" c="dimmed">
            {t("used", { when: format.relativeTime(new Date(session.refreshedAt), new Date()) })}
            {session.networkAddress !== null && ` · ${session.networkAddress}`}
          </Text>
        </div>
      </Group>
      {!session.isCurrent && (
        <Button variant="default" size="compact-sm" loading={isEnding} onClick={onEnd} aria-label={t("signOutOf", { name })}>
          {t("signOut")}
        </Button>
      )}
    </Group>
  );
}
