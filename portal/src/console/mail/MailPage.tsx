import { Code, SegmentedControl, Stack, Text } from "@mantine/core";
import { useTranslations } from "use-intl";
import { useSearchParams } from "wouter";
import { MailCard } from "~/console/mail/MailCard";
import { InboundMails } from "~/console/mail/operations";
import { Command } from "~/console/setup/Command";
import { SystemPage } from "~/console/system/SystemPage";
import { useMay } from "~/console/useMay";
import { EmptyState } from "~/ui/EmptyState";
import { ListFoot } from "~/ui/ListFoot";
import { useTurner } from "~/ui/PageTurner";

const SHOWN = 20;
const STATES = ["REJECTED", "LOGGED", "DISMISSED", "IGNORED"] as const;

/** Mail to the organization's own address: first what found no account by itself, to be given one or put away. */
export function MailPage() {
  const t = useTranslations("consoleMail");
  const [parameters, setParameters] = useSearchParams();
  const state = STATES.find((each) => each === parameters.get("state")) ?? "REJECTED";
  const turner = useTurner(state);
  const mayWrite = useMay()("accounts:write");
  return (
    <SystemPage
      tab="mail"
      query={InboundMails}
      variables={{ state, first: SHOWN, after: turner.after }}
      find={({ inboundMails }) => inboundMails}
    >
      {(mails) => (
        <Stack>
          <SegmentedControl
            w="fit-content"
            maw="100%"
            aria-label={t("state")}
            data={STATES.map((value) => ({ value, label: t(`states.${value}`) }))}
            value={state}
            onChange={(next) => setParameters(next === "REJECTED" ? {} : { state: next })}
          />
          {mails.nodes.length === 0 && (
            <EmptyState title={t(`none.${state}`)}>{state === "REJECTED" || state === "LOGGED" ? <SetUp /> : undefined}</EmptyState>
          )}
          {mails.nodes.map((mail) => (
            <MailCard key={mail.id} mail={mail} mayWrite={mayWrite} />
          ))}
          <ListFoot count={t(mails.totalCountIsCapped ? "countCapped" : "count", { count: mails.totalCount })} turner={turner} pageInfo={mails.pageInfo} />
        </Stack>
      )}
    </SystemPage>
  );
}

/** How mail comes in at all. */
function SetUp() {
  const t = useTranslations("consoleMail");
  return (
    <Stack gap="xs" ta="start" mt="xs">
      <Text size="sm">{t.rich("setUp", { code: (text) => <Code>{text}</Code> })}</Text>
      <Command text="WAYMARK_INBOUND_ADDRESS=log-f3k9q2xw@in.example.com" />
      <Text size="sm">{t("setUpNext")}</Text>
      <Command text="waymark mail inbound" />
    </Stack>
  );
}
