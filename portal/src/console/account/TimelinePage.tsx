import { Chip, Group, Stack } from "@mantine/core";
import { useTranslations } from "use-intl";
import { useSearchParams } from "wouter";
import { AccountPage, useAccountVariables } from "~/console/account/AccountPage";
import { AddNote } from "~/console/account/AddNote";
import { Entries } from "~/console/account/Entries";
import { AccountTimeline } from "~/console/account/operations";
import { useMay } from "~/console/useMay";
import { Card } from "~/ui/Card";
import { PageTurner, useTurner } from "~/ui/PageTurner";

const KINDS = ["TOUCHPOINT", "NOTE", "ALERT", "TICKET", "BILLING", "PULSE", "OVERRIDE", "EVENT"] as const;
type Kind = (typeof KINDS)[number];
const PAGE = 30;

/** All that happened in an account, the latest first, of the kinds that the address names; and a place for a note. */
export function TimelinePage() {
  const t = useTranslations("consoleAccount");
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
    <AccountPage
      tab="timeline"
      query={AccountTimeline}
      variables={variables}
      find={({ account: found, viewer }) => (found === null ? null : { ...found, me: viewer?.staff?.id })}
    >
      {({ internal, me }, again) => (
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
            <Entries entries={internal?.timeline.nodes ?? []} me={me} onChanged={again} />
            {internal !== null && <PageTurner turner={turner} pageInfo={internal.timeline.pageInfo} />}
          </Card>
        </Stack>
      )}
    </AccountPage>
  );
}
