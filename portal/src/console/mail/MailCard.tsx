import { Anchor, Button, Group, Spoiler, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState, type FormEvent } from "react";
import { useTranslations } from "use-intl";
import { Link } from "wouter";
import type { ResultOf } from "~/api/graphql";
import { useChange } from "~/api/useChange";
import { AssignInboundMail, DismissInboundMail, type InboundMails } from "~/console/mail/operations";
import { AccountSelect } from "~/console/search/AccountSelect";
import { When } from "~/console/system/Rows";
import { Card } from "~/ui/Card";
import { Confirm } from "~/ui/Confirm";

const SHOWN_PIXELS = 120;
type Mail = ResultOf<typeof InboundMails>["inboundMails"]["nodes"][number];

/** One mail: who wrote what to whom, why it found no account, and what is to become of it. */
export function MailCard({ mail, mayWrite }: { mail: Mail; mayWrite: boolean }) {
  const t = useTranslations("consoleMail");
  const { state, reason, sender, recipients, subject, body, receivedAt, account } = mail;
  return (
    <Card title={subject === null || subject === "" ? t("noSubject") : subject}>
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          {t.rich("line", { sender: sender ?? t("nobody"), recipients: recipients ?? t("nobody"), at: () => <When at={receivedAt} /> })}
        </Text>
        {body !== null && body !== "" && (
          <Spoiler maxHeight={SHOWN_PIXELS} showLabel={t("more")} hideLabel={t("less")}>
            <Text size="sm" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
              {body}
            </Text>
          </Spoiler>
        )}
        {reason !== null && <Text size="sm">{t(`reasons.${reason}`)}</Text>}
        {account !== null && (
          <Anchor component={Link} href={`/accounts/${account.id}/timeline`} size="sm" w="fit-content">
            {t("notedOf", { name: account.name })}
          </Anchor>
        )}
        {mayWrite && state === "REJECTED" && <Settle mail={mail} />}
      </Stack>
    </Card>
  );
}

function Settle({ mail }: { mail: Mail }) {
  const t = useTranslations("consoleMail");
  const assign = useChange(AssignInboundMail, ["accountId", "mailId"]);
  const dismiss = useChange(DismissInboundMail, ["mailId"]);
  const [accountId, setAccountId] = useState<string | null>(null);
  const [refusal, setRefusal] = useState<string>();
  const [isLeaving, setLeaving] = useState(false);

  /** A mail that somebody else settled leaves the list at once, and with it the place beside which this would stand. */
  const tellIfSettled = (errors: Record<string, string> | undefined) => {
    const message = errors?.["mailId"];
    if (message !== undefined) notifications.show({ color: "red", title: t("notDone"), message });
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (accountId === null) {
      setRefusal(t("accountNeeded"));
      return;
    }
    const { payload, errors } = await assign.run({ input: { mailId: mail.id, accountId } });
    tellIfSettled(errors);
    setRefusal(errors?.["accountId"] ?? errors?.[""]);
    if (payload !== undefined) notifications.show({ message: t("assigned", { name: payload.mail?.account?.name ?? "" }) });
  };
  const dismissed = () => {
    setLeaving(false);
    notifications.show({ message: t("dismissed") });
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Group align="flex-start">
        <AccountSelect label={t("account")} value={accountId} onChange={setAccountId} error={refusal} />
        <Group mt={24}>
          <Button type="submit" loading={assign.isRunning}>
            {t("assign")}
          </Button>
          <Button variant="subtle" color="red" onClick={() => setLeaving(true)}>
            {t("dismiss")}
          </Button>
        </Group>
      </Group>
      {isLeaving && (
        <Confirm
          title={t("dismissTitle")}
          action={t("dismiss")}
          run={async () => {
            const outcome = await dismiss.run({ input: { mailId: mail.id } });
            tellIfSettled(outcome.errors);
            return outcome;
          }}
          onDone={dismissed}
          onClose={() => setLeaving(false)}
        >
          <Text size="sm">{t("dismissText")}</Text>
        </Confirm>
      )}
    </form>
  );
}
