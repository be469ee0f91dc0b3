import { Button, Chip, Group, Stack, Text, Textarea, Timeline } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { useTranslations } from "use-intl";
import { useSearchParams } from "wouter";
import { useChange } from "~/api/useChange";
import { useFormatter } from "~/app/format";
import { AccountPage, useAccountVariables } from "~/console/account/AccountPage";
import { AccountTimeline, CreateNote } from "~/console/account/operations";
import { useMay } from "~/console/useMay";
import { Card } from "~/ui/Card";
import { EmptyState } from "~/ui/EmptyState";
import { PageTurner, useTurner } from "~/ui/PageTurner";

const KINDS = ["TOUCHPOINT", "NOTE", "ALERT", "TICKET", "BILLING", "PULSE", "OVERRIDE", "EVENT"] as const;
type Kind = (typeof KINDS)[number];
const PAGE = 30;

/** All that happened in an account, the latest first, of the kinds that the address names; and a place for a note. */
export function TimelinePage() {
  const t = useTranslations("consoleAccount");
  const format = useFormatter();
  const [parameters, setParameters] = useSearchParams();
  const may = useMay();
  const chosen = KINDS.filter((kind) => parameters.getAll("kind").includes(kind));
  const account = useAccountVariables();
  const turner = useTurner([account.id, ...chosen].join());
  const variables = { ...account, first: PAGE, after: turner.after, kinds: chosen.length === 0 ? null : chosen };

  const choose = (kinds: string[]) => {
    const next = new URLSearchParams();
    for (const kind of kinds) next.append("kind", kind);
    setParameters(next, { replace: true });
  };

  return (
    <AccountPage tab="timeline" query={AccountTimeline} variables={variables} find={(data) => data.account}>
      {({ internal }, again) => (
        <Stack>
          {may("accounts:write") && (
            <Card title={t("newNote")}>
              <AddNote accountId={account.id} onAdded={again} />
            </Card>
          )}
          <Card title={t("happened")}>
            <Chip.Group multiple value={chosen} onChange={choose}>
              <Group gap={6} mb="md" role="group" aria-label={t("kinds")}>
                {KINDS.map((kind) => (
                  <Chip key={kind} value={kind} size="xs">
                    {t(`timelineKinds.${kind satisfies Kind}`)}
                  </Chip>
                ))}
              </Group>
            </Chip.Group>
            {internal === null || internal.timeline.nodes.length === 0 ? (
              <EmptyState title={t("nothingHappened")} />
            ) : (
              <Timeline bulletSize={14} lineWidth={2} mb="md">
                {internal.timeline.nodes.map(({ id, happenedAt, sentence }) => (
                  <Timeline.Item key={id}>
                    <Text size="sm">{sentence}</Text>
                    <Text size="xs" c="dimmed">
                      {format.dateTime(new Date(happenedAt), "moment")}
                    </Text>
                  </Timeline.Item>
                ))}
              </Timeline>
            )}
            {internal !== null && <PageTurner turner={turner} pageInfo={internal.timeline.pageInfo} />}
          </Card>
        </Stack>
      )}
    </AccountPage>
  );
}

function AddNote({ accountId, onAdded }: { accountId: string; onAdded: () => void }) {
  const t = useTranslations("consoleAccount");
  const [body, setBody] = useState("");
  const [key, setKey] = useState(() => crypto.randomUUID());
  const [error, setError] = useState<string>();
  const create = useChange(CreateNote);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const { payload, errors } = await create.run({ input: { accountId, body, idempotencyKey: key } });
    setError(errors?.["body"] ?? errors?.[""]);
    if (payload === undefined) return;
    setBody("");
    setKey(crypto.randomUUID());
    onAdded();
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Textarea
        aria-label={t("newNote")}
        autosize
        minRows={2}
        required
        maxLength={10_000}
        value={body}
        error={error}
        onChange={(event) => setBody(event.currentTarget.value)}
      />
      <Group justify="flex-end" mt="xs">
        <Button type="submit" size="xs" loading={create.isRunning}>
          {t("save")}
        </Button>
      </Group>
    </form>
  );
}
