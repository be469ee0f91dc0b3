import { Anchor, Collapse, Group, Stack, Text, UnstyledButton } from "@mantine/core";
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { Link } from "wouter";
import type { ResultOf } from "~/api/graphql";
import { AlertCard } from "~/console/alerts/AlertCard";
import type { TodayQuery } from "~/console/today/operations";
import { EmptyState } from "~/ui/EmptyState";
import { useKeptFocus } from "~/ui/useKeptFocus";

type Group = ResultOf<typeof TodayQuery>["alertGroups"]["nodes"][number];
type Props = { groups: Group[]; mayWrite: boolean };

/** Alerts account by account: the most severe first, each account with its own list. */
export function AlertGroups({ groups, mayWrite }: Props) {
  const t = useTranslations("consoleToday");
  const keptFocus = useKeptFocus();
  if (groups.length === 0) return <EmptyState title={t("alerts.none")}>{t("alerts.noneText")}</EmptyState>;
  return (
    <Stack gap="md" component="ul" m={0} p={0} aria-live="polite" {...keptFocus}>
      {groups.map((group) => (
        <One key={group.account?.id} group={group} mayWrite={mayWrite} />
      ))}
    </Stack>
  );
}

function One({ group, mayWrite }: { group: Group; mayWrite: boolean }) {
  const t = useTranslations("consoleToday");
  const [isOpen, setOpen] = useState(false);
  const [newest, ...others] = group.alerts.nodes;
  const Picture = isOpen ? IconChevronDown : IconChevronRight;
  return (
    <Stack component="li" gap={6}>
      <Anchor component={Link} href={`/accounts/${group.account?.id ?? ""}/overview`} size="sm" fw={650}>
        {group.account?.name}
      </Anchor>
      {newest !== undefined && <AlertCard alert={newest} mayWrite={mayWrite} hasAccount={false} />}
      {others.length > 0 && (
        <>
          <UnstyledButton aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
            <Group gap={4}>
              <Picture size={14} aria-hidden />
              <Text size="xs">{t("alerts.more", { count: group.alertCount - 1 })}</Text>
            </Group>
          </UnstyledButton>
          <Collapse expanded={isOpen}>
            <Stack gap="sm" pl="md">
              {others.map((alert) => (
                <AlertCard key={alert.id} alert={alert} mayWrite={mayWrite} hasAccount={false} />
              ))}
              {group.alertCount > group.alerts.nodes.length && (
                <Anchor component={Link} href={`/alerts?account=${group.account?.id ?? ""}`} size="sm">
                  {t("alerts.all", { count: group.alertCount })}
                </Anchor>
              )}
            </Stack>
          </Collapse>
        </>
      )}
    </Stack>
  );
}
