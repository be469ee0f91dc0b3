import { SegmentedControl, Stack, Switch, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { useChange } from "~/api/useChange";
import type { OwnMatter } from "~/customer/notifications/matters";
import classes from "~/inbox/Inbox.module.css";
import { SetNotificationPreferences } from "~/customer/notifications/operations";

const WHEN = ["AT_ONCE", "DAILY", "OFF"] as const;

type Wish = { inApp: boolean; mail: (typeof WHEN)[number] };
type Props = { preference: Wish & { matter: OwnMatter }; onSaved: () => void };

/** How one wants to be told of a matter. Each choice is saved as it is made; one that is refused goes back. */
export function Preference({ preference: { matter, inApp, mail }, onSaved }: Props) {
  const t = useTranslations("customerNotifications.preferences");
  const { run, isRunning } = useChange(SetNotificationPreferences);
  const [wanted, setWanted] = useState<Wish>();
  const wish = wanted ?? { inApp, mail };
  const name = t(`matters.${matter}.name`);

  const want = async (next: Wish) => {
    setWanted(next);
    const { payload } = await run({ input: { preferences: [{ matter, ...next }] } });
    if (payload === undefined) setWanted(undefined);
    else onSaved();
  };

  return (
    <li className={classes.wish}>
      <div>
        <Text size="sm" fw={600}>
          {name}
        </Text>
        <Text size="sm" c="dimmed">
          {t(`matters.${matter}.text`)}
        </Text>
      </div>
      <Switch
        label={t("inApp")}
        aria-label={t("inAppOf", { name })}
        checked={wish.inApp}
        disabled={isRunning}
        onChange={(event) => void want({ ...wish, inApp: event.currentTarget.checked })}
      />
      <Stack gap={2}>
        <Text size="xs" c="dimmed" aria-hidden>
          {t("mail")}
        </Text>
        <SegmentedControl
          size="xs"
          aria-label={t("mailOf", { name })}
          value={wish.mail}
          disabled={isRunning}
          onChange={(chosen) => void want({ ...wish, mail: WHEN.find((each) => each === chosen) ?? wish.mail })}
          data={WHEN.map((each) => ({ value: each, label: t(`when.${each}`) }))}
        />
      </Stack>
    </li>
  );
}
