import { SegmentedControl, Stack, Switch, Text } from "@mantine/core";
import { useRef, useState } from "react";
import { useTranslations } from "use-intl";
import type { ResultOf } from "~/api/graphql";
import { IN_PLACE, useChange } from "~/api/useChange";
import classes from "~/inbox/Inbox.module.css";
import { SetNotificationPreferences, type preference } from "~/inbox/operations";

const WHEN = ["AT_ONCE", "DAILY", "OFF"] as const;

export type Wish = ResultOf<typeof preference>;
type Props = { wish: Wish; name: string; text: string; onSaved: () => void };

/** How one wants to be told of a matter. Each choice is saved as it is made; one that is refused goes back. */
export function Preference({ wish, name, text, onSaved }: Props) {
  const t = useTranslations("inbox.preferences");
  const { run } = useChange(SetNotificationPreferences, IN_PLACE);
  const [wanted, setWanted] = useState<Wish>();
  const [refusal, setRefusal] = useState<string>();
  const { inApp, mail } = wanted ?? wish;

  const saving = useRef(Promise.resolve());

  const save = async (next: Wish) => {
    const { payload, errors } = await run({ input: { preferences: [next] } });
    setRefusal(errors?.[""]);
    if (payload === undefined) setWanted(undefined);
    else onSaved();
  };
  const want = (change: Partial<Wish>) => {
    const next = { matter: wish.matter, inApp, mail, ...change };
    setWanted(next);
    // One after another: each says the whole wish, so that the last choice holds.
    saving.current = saving.current.then(() => save(next));
  };

  return (
    <li className={classes.wish}>
      <div>
        <Text size="sm" fw={600}>
          {name}
        </Text>
        <Text size="sm" c="dimmed">
          {text}
        </Text>
        {refusal !== undefined && (
          <Text size="sm" c="var(--mantine-color-error)" role="alert">
            {refusal}
          </Text>
        )}
      </div>
      <Switch
        label={t("inApp")}
        aria-label={t("inAppOf", { name })}
        checked={inApp}
        onChange={(event) => want({ inApp: event.currentTarget.checked })}
      />
      <Stack gap={2}>
        <Text size="xs" c="dimmed" aria-hidden>
          {t("mail")}
        </Text>
        <SegmentedControl
          size="xs"
          aria-label={t("mailOf", { name })}
          value={mail}
          onChange={(chosen) => want({ mail: WHEN.find((each) => each === chosen) ?? mail })}
          data={WHEN.map((each) => ({ value: each, label: t(`when.${each}`) }))}
        />
      </Stack>
    </li>
  );
}
