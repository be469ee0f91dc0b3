import { Anchor, Button, Code, Group, Stack, Table, Text, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { useTranslations } from "use-intl";
import { Link, useSearchParams } from "wouter";
import type { ResultOf } from "~/api/graphql";
import { SystemAudit } from "~/console/system/operations";
import { Rows, When } from "~/console/system/Rows";
import { SystemPage } from "~/console/system/SystemPage";
import { EmptyState } from "~/ui/EmptyState";
import { ListFoot } from "~/ui/ListFoot";
import { useTurner } from "~/ui/PageTurner";

const SHOWN = 50;
type Filter = "account" | "person" | "action";
type Entry = NonNullable<ResultOf<typeof SystemAudit>["system"]>["audit"]["nodes"][number];

/** An action as it is written, in every language. */
const ACTION = "member.removed";

/** Who did what to whose data: all of it, or only of an account, by a person, or of one action, as the address says. */
export function AuditPage() {
  const t = useTranslations("consoleSystem");
  const [parameters, setParameters] = useSearchParams();
  const given = (name: Filter) => parameters.get(name);
  const turner = useTurner(parameters.toString());
  const narrow = (name: Filter, value: string | null) =>
    setParameters((now) => {
      if (value === null || value === "") now.delete(name);
      else now.set(name, value);
      return now;
    });

  return (
    <SystemPage
      tab="audit"
      query={SystemAudit}
      variables={{ accountId: given("account"), personId: given("person"), action: given("action"), first: SHOWN, after: turner.after }}
      find={({ system }) => system && system.audit}
    >
      {(audit) => (
        <Stack>
          <Group align="flex-end">
            <ActionField key={given("action") ?? ""} value={given("action") ?? ""} onChange={(action) => narrow("action", action)} />
            {(["account", "person"] as const).map(
              (name) =>
                given(name) !== null && (
                  <Button key={name} variant="light" onClick={() => narrow(name, null)}>
                    {t(`audit.every.${name}`)}
                  </Button>
                ),
            )}
          </Group>
          {audit.nodes.length === 0 ? (
            <EmptyState title={t("audit.none")}>{t("audit.noneText")}</EmptyState>
          ) : (
            <Rows label={t("tabs.audit")} heads={[t("audit.at"), t("audit.who"), t("audit.what"), t("audit.account"), t("audit.change")]} minWidth={760}>
              {audit.nodes.map((entry) => (
                <Line key={entry.id} entry={entry} onNarrow={narrow} />
              ))}
            </Rows>
          )}
          <ListFoot count={t(audit.totalCountIsCapped ? "countCapped" : "count", { count: audit.totalCount })} turner={turner} pageInfo={audit.pageInfo} />
        </Stack>
      )}
    </SystemPage>
  );
}

function ActionField({ value, onChange }: { value: string; onChange: (action: string) => void }) {
  const t = useTranslations("consoleSystem");
  const [typed, setTyped] = useState(value);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onChange(typed.trim());
  };
  return (
    <form onSubmit={submit}>
      <Group align="flex-end" gap="xs">
        <TextInput label={t("audit.action")} placeholder={ACTION} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} />
        <Button type="submit" variant="default">
          {t("audit.show")}
        </Button>
      </Group>
    </form>
  );
}

function Line({ entry, onNarrow }: { entry: Entry; onNarrow: (name: Filter, value: string) => void }) {
  const t = useTranslations("consoleSystem");
  const { person, account, action, actor, subject, sentence, before, after } = entry;
  return (
    <Table.Tr>
      <Table.Td>
        <When at={entry.at} />
      </Table.Td>
      <Table.Td>
        {person !== null && (
          <Anchor component="button" size="sm" onClick={() => onNarrow("person", person.id)}>
            {person.displayName ?? t("audit.unnamed")}
          </Anchor>
        )}
        <Text size="xs" c="dimmed">
          {t(`audit.actors.${actor}`)}
        </Text>
      </Table.Td>
      <Table.Td>
        <Anchor component="button" size="sm" onClick={() => onNarrow("action", action)}>
          {action}
        </Anchor>
        <Text size="sm">{sentence}</Text>
        <Text size="xs" c="dimmed">
          {subject}
        </Text>
      </Table.Td>
      <Table.Td>
        {account === null ? (
          "–"
        ) : (
          <Stack gap={2} align="flex-start">
            <Anchor component={Link} href={`/accounts/${account.id}`} size="sm">
              {account.name}
            </Anchor>
            <Anchor component="button" size="xs" onClick={() => onNarrow("account", account.id)}>
              {t("audit.onlyThis")}
            </Anchor>
          </Stack>
        )}
      </Table.Td>
      <Table.Td>
        {before === null && after === null ? (
          "–"
        ) : (
          <details>
            <summary>{t("audit.showChange")}</summary>
            {before !== null && <Code block>{t("audit.was", { text: JSON.stringify(before) })}</Code>}
            {after !== null && <Code block>{t("audit.is", { text: JSON.stringify(after) })}</Code>}
          </details>
        )}
      </Table.Td>
    </Table.Tr>
  );
}
