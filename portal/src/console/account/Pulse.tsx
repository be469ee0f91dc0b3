import { Badge, Button, Menu } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useTranslations } from "use-intl";
import { useChange } from "~/api/useChange";
import type { AccountHeadData } from "~/console/account/fragments";
import { RecordPulse } from "~/console/account/operations";
import { useMay } from "~/console/useMay";
import { BAND_COLOURS } from "~/ui/Band";

const MOODS = ["GREEN", "YELLOW", "RED"] as const;

type Props = { accountId: string; pulse: NonNullable<AccountHeadData["internal"]>["pulse"] };

/** How staff feel about an account, beside what its score says. */
export function Pulse({ accountId, pulse }: Props) {
  const t = useTranslations("consoleAccount");
  const may = useMay();
  if (may("accounts:write")) return <Say accountId={accountId} pulse={pulse} />;
  if (pulse === null) return t("none");
  return (
    <Badge variant="light" color={BAND_COLOURS[pulse.mood]} autoContrast={false} radius="sm" tt="none">
      {t(`moods.${pulse.mood}`)}
      {pulse.disagreesWithScore === true && ` · ${t("disagrees")}`}
    </Badge>
  );
}

/** One press to say it. */
function Say({ accountId, pulse }: Props) {
  const t = useTranslations("consoleAccount");
  const record = useChange(RecordPulse);

  const say = async (mood: (typeof MOODS)[number]) => {
    const { payload, errors } = await record.run({ input: { accountId, mood } });
    if (payload !== undefined) notifications.show({ message: t("pulseSaid", { mood: t(`moods.${mood}`) }) });
    else if (errors[""] !== undefined) notifications.show({ color: "red", message: errors[""] });
  };

  return (
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
      </Menu.Dropdown>
    </Menu>
  );
}
