import { Anchor, Button, Group, Menu, Select, Stack, Text, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState, type FormEvent } from "react";
import { useNow, useTranslations } from "use-intl";
import { Link } from "wouter";
import { graphql, type FragmentOf } from "~/api/graphql";
import { useChange } from "~/api/useChange";
import { useFormatter } from "~/app/format";
import { AcknowledgeAlert, JudgeAlert, ReopenAlert, ResolveAlert, SnoozeAlert } from "~/console/alerts/changes/operations";
import { Mark } from "~/console/Mark";
import { FormDialog } from "~/ui/FormDialog";
import { useUndo } from "~/ui/useUndo";

export const alertLine = graphql(`
  fragment AlertLine on Alert {
    id
    severity
    state
    sentence
    openedAt
    snoozedUntil
    snoozeReason
    isUseful
    rule {
      key
      name
    }
    account {
      id
      name
    }
  }
`);

export type AlertLine = FragmentOf<typeof alertLine>;
type Props = { alert: AlertLine; mayWrite: boolean; hasAccount?: boolean };

/** An alert: what it says, and all that can be done about it. */
export function AlertCard({ alert, mayWrite, hasAccount = true }: Props) {
  const t = useTranslations("consoleAlerts");
  const format = useFormatter();
  const now = useNow();
  return (
    <Stack gap={4} component="article" aria-label={alert.sentence}>
      <Group gap="xs">
        {hasAccount && alert.account !== null && (
          <Anchor component={Link} href={`/accounts/${alert.account.id}/overview`} size="sm" fw={600}>
            {alert.account.name}
          </Anchor>
        )}
        <Mark tone={alert.severity}>{t(`severities.${alert.severity}`)}</Mark>
        {alert.state !== "OPEN" && <Mark tone="UNKNOWN">{t(`states.${alert.state}`)}</Mark>}
        <Text size="xs" c="dimmed">
          {alert.rule?.name} · {format.relativeTime(new Date(alert.openedAt), now)}
        </Text>
      </Group>
      <Text size="sm">{alert.sentence}</Text>
      {alert.state === "SNOOZED" && alert.snoozedUntil !== null && (
        <Text size="xs" c="dimmed">
          {t("snoozedUntil", { until: format.dateTime(new Date(alert.snoozedUntil), "day"), reason: alert.snoozeReason ?? "" })}
        </Text>
      )}
      {mayWrite && <Actions alert={alert} />}
    </Stack>
  );
}

function Actions({ alert }: { alert: AlertLine }) {
  const t = useTranslations("consoleAlerts");
  const undoable = useUndo();
  const acknowledge = useChange(AcknowledgeAlert);
  const resolve = useChange(ResolveAlert);
  const reopen = useChange(ReopenAlert);
  const judge = useChange(JudgeAlert);
  const [isSnoozing, setSnoozing] = useState(false);
  const input = { alertId: alert.id };
  const isResolved = alert.state === "RESOLVED";
  const back = () => reopen.run({ input });

  const done = async (change: Promise<{ errors: unknown }>, message: string, undo: () => unknown = back) => {
    if ((await change).errors === undefined) undoable(message, undo);
  };
  const useful = (isUseful: boolean) => {
    const was = alert.isUseful;
    const undo = was === null || was === isUseful ? back : () => judge.run({ input: { ...input, isUseful: was } });
    if (isResolved) return done(judge.run({ input: { ...input, isUseful } }), t("judged"), was === null ? () => undefined : undo);
    return done(resolve.run({ input: { ...input, isUseful } }), t("resolved"));
  };
  return (
    <Group gap="xs">
      {alert.state === "OPEN" && (
        <Button size="compact-xs" variant="light" loading={acknowledge.isRunning} onClick={() => void done(acknowledge.run({ input }), t("acknowledged"))}>
          {t("acknowledge")}
        </Button>
      )}
      {!isResolved && (
        <>
          <Button size="compact-xs" variant="default" onClick={() => setSnoozing(true)}>
            {t("snooze")}
          </Button>
          <Menu withinPortal>
            <Menu.Target>
              <Button size="compact-xs" variant="default" loading={resolve.isRunning}>
                {t("resolve")}
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item onClick={() => void useful(true)}>{t("wasUseful")}</Menu.Item>
              <Menu.Item onClick={() => void useful(false)}>{t("wasNotUseful")}</Menu.Item>
              <Menu.Item onClick={() => void done(resolve.run({ input }), t("resolved"))}>{t("withoutSaying")}</Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </>
      )}
      {isResolved && (
        <>
          <Button size="compact-xs" variant={alert.isUseful === true ? "light" : "default"} aria-pressed={alert.isUseful === true} onClick={() => void useful(true)}>
            {t("useful")}
          </Button>
          <Button size="compact-xs" variant={alert.isUseful === false ? "light" : "default"} aria-pressed={alert.isUseful === false} onClick={() => void useful(false)}>
            {t("notUseful")}
          </Button>
        </>
      )}
      {alert.state !== "OPEN" && (
        <Button size="compact-xs" variant="subtle" loading={reopen.isRunning} onClick={() => void back()}>
          {t("reopen")}
        </Button>
      )}
      {isSnoozing && <Snooze alert={alert} onClose={() => setSnoozing(false)} onDone={(message) => undoable(message, back)} />}
    </Group>
  );
}

const DAYS = ["1", "3", "7", "14", "30"];

function Snooze({ alert, onClose, onDone }: { alert: AlertLine; onClose: () => void; onDone: (message: string) => void }) {
  const t = useTranslations("consoleAlerts");
  const shared = useTranslations("shared");
  const { run, isRunning } = useChange(SnoozeAlert, ["until", "reason"]);
  const [days, setDays] = useState("7");
  const [reason, setReason] = useState("");
  const [errors, setErrors] = useState<Record<string, string>>({});

  const submit = async (event?: FormEvent) => {
    event?.preventDefault();
    const until = new Date();
    until.setDate(until.getDate() + Number(days));
    const outcome = await run({ input: { alertId: alert.id, until: until.toISOString(), reason } });
    if (outcome.errors !== undefined) {
      setErrors(outcome.errors);
      // An alert that somebody else resolved leaves the list at once, and this dialog with it.
      if (outcome.errors[""] !== undefined) notifications.show({ color: "red", title: shared("notSaved"), message: outcome.errors[""] });
      return;
    }
    onDone(t("snoozed", { days: Number(days) }));
    onClose();
  };
  return (
    <FormDialog title={t("snooze")} action={t("snooze")} isRunning={isRunning} onSubmit={(event) => void submit(event)} onClose={onClose}>
      <Text size="sm">{alert.sentence}</Text>
      <Select
        label={t("snoozeFor")}
        data={DAYS.map((value) => ({ value, label: t("days", { days: Number(value) }) }))}
        value={days}
        onChange={(value) => setDays(value ?? "7")}
        allowDeselect={false}
        error={errors["until"]}
      />
      <TextInput label={t("reason")} required maxLength={1000} value={reason} onChange={(event) => setReason(event.currentTarget.value)} error={errors["reason"]} />
    </FormDialog>
  );
}
