import { Badge, Button, Menu, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { useChange } from "~/api/useChange";
import { useFormatter } from "~/app/format";
import type { AccountHeadData } from "~/console/account/fragments";
import { RecordPulse, WithdrawPulse } from "~/console/account/changes/operations";
import { MOODS, type Mood } from "~/console/account/moods";
import { PulseForm } from "~/console/account/PulseForm";
import { useMay } from "~/console/useMay";
import { BAND_COLOURS } from "~/ui/Band";
import { noonOf } from "~/ui/days";
import { useUndo } from "~/ui/useUndo";

type Props = { accountId: string; pulse: NonNullable<AccountHeadData["internal"]>["pulse"] };

/** How staff feel about an account, beside what its score says: who said so, why, and until when it counts. */
export function Pulse({ accountId, pulse }: Props) {
  const t = useTranslations("consoleAccount");
  const format = useFormatter();
  const may = useMay();
  return (
    <>
      {may("accounts:write") ? <Say accountId={accountId} pulse={pulse} /> : <Said pulse={pulse} />}
      {pulse !== null && (
        <Text size="xs" c="dimmed" mt={4}>
          {pulse.reason !== null && `${pulse.reason} · `}
          {pulse.recordedBy !== null && `${pulse.recordedBy.displayName} · `}
          {t("pulseDays", {
            said: format.dateTime(new Date(pulse.createdAt), "dayOfYear"),
            expires: format.dateTime(noonOf(pulse.expiresOn), "dayOfYear"),
          })}
        </Text>
      )}
    </>
  );
}

function Said({ pulse }: Pick<Props, "pulse">) {
  const t = useTranslations("consoleAccount");
  if (pulse === null) return t("none");
  return (
    <Badge variant="light" color={BAND_COLOURS[pulse.mood]} autoContrast={false} radius="sm" tt="none">
      {t(`moods.${pulse.mood}`)}
      {pulse.disagreesWithScore === true && ` · ${t("disagrees")}`}
    </Badge>
  );
}

/** One press to say it, or a form to say why as well. */
function Say({ accountId, pulse }: Props) {
  const t = useTranslations("consoleAccount");
  const record = useChange(RecordPulse);
  const withdraw = useChange(WithdrawPulse);
  const undoable = useUndo();
  const [isExplaining, setExplaining] = useState(false);

  const said = (mood: Mood, id: string | undefined) => {
    setExplaining(false);
    if (id !== undefined) undoable(t("pulseSaid", { mood: t(`moods.${mood}`) }), () => withdraw.run({ input: { pulseId: id } }));
  };
  const say = async (mood: Mood) => {
    const { payload } = await record.run({ input: { accountId, mood } });
    if (payload !== undefined) said(mood, payload.pulse?.id);
  };

  return (
    <>
      <Menu withinPortal>
        <Menu.Target>
          <Button
            size="compact-sm"
            variant="light"
            color={pulse === null ? "gray" : BAND_COLOURS[pulse.mood]}
            autoContrast={false}
            loading={record.isRunning}
          >
            {pulse === null ? t("noPulse") : t(`moods.${pulse.mood}`)}
            {pulse?.disagreesWithScore === true && ` · ${t("disagrees")}`}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>{t("sayPulse")}</Menu.Label>
          {MOODS.map((mood) => (
            <Menu.Item key={mood} onClick={() => void say(mood)}>
              {t(`moods.${mood}`)}
            </Menu.Item>
          ))}
          <Menu.Divider />
          <Menu.Item onClick={() => setExplaining(true)}>{t("sayWhy")}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {isExplaining && <PulseForm accountId={accountId} before={pulse?.mood} onSaid={said} onClose={() => setExplaining(false)} />}
    </>
  );
}
