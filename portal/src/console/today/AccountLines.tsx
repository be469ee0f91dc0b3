import { Anchor, Group, Stack, Text } from "@mantine/core";
import { useNow, useTranslations } from "use-intl";
import { Link } from "wouter";
import { graphql, type FragmentOf } from "~/api/graphql";
import { useFormatter } from "~/app/format";
import { listOf } from "~/console/accounts/address";
import type { AccountFilter, AccountOrder } from "~/console/accounts/filter";
import { Mark } from "~/console/Mark";
import { shortened } from "~/console/why";
import { Amount } from "~/ui/Amount";
import { noonOf } from "~/ui/days";
import { EmptyState } from "~/ui/EmptyState";

export const todayLine = graphql(`
  fragment TodayLine on Account {
    id
    name
    internal {
      health {
        score
        band
        category
      }
      scoreChange(window: DAYS_7)
      whyMoved(window: DAYS_7)
      mrr {
        amountMinor
        currencyCode
      }
      renewsOn
      lastTouchAt
    }
  }
`);

type Line = FragmentOf<typeof todayLine>;
export type Matter = "movers" | "renewing" | "untouched";
type Props = { matter: Matter; accounts: Line[] };

/** Accounts under one matter of the day, each with what the matter is about. */
export function AccountLines({ matter, accounts }: Props) {
  const t = useTranslations("consoleToday");
  if (accounts.length === 0) return <EmptyState title={t(`${matter}.none`)} />;
  return (
    <Stack gap="sm" component="ul" m={0} p={0}>
      {accounts.map((account) => (
        <Group key={account.id} component="li" justify="space-between" wrap="nowrap" align="flex-start" gap="sm">
          <Stack gap={0} miw={0}>
            <Anchor component={Link} href={`/accounts/${account.id}/overview`} size="sm" fw={600}>
              {account.name}
            </Anchor>
            <About matter={matter} account={account} />
          </Stack>
          <Standing account={account} />
        </Group>
      ))}
    </Stack>
  );
}

function Standing({ account }: { account: Line }) {
  const accounts = useTranslations("consoleAccounts");
  const format = useFormatter();
  const health = account.internal?.health;
  if (!health) return null;
  return (
    <Group gap={6} wrap="nowrap" flex="none">
      {health.category !== null && <Mark tone={health.category}>{accounts(`categories.${health.category}`)}</Mark>}
      {health.score !== null && (
        <Text size="sm" fw={650}>
          {format.number(health.score, "score")}
        </Text>
      )}
    </Group>
  );
}

function About({ matter, account: { internal } }: { matter: Matter; account: Line }) {
  const t = useTranslations("consoleToday");
  const accounts = useTranslations("consoleAccounts");
  const format = useFormatter();
  const now = useNow();
  if (internal === null) return null;
  if (matter === "renewing" && internal.renewsOn !== null) {
    return (
      <Text size="xs" c="dimmed">
        {t("renewing.on", { day: format.dateTime(noonOf(internal.renewsOn), "dayOfYear") })} · <Amount money={internal.mrr} isShort />
      </Text>
    );
  }
  if (matter === "untouched") {
    return (
      <Text size="xs" c="dimmed">
        {internal.lastTouchAt === null ? t("untouched.never") : format.relativeTime(new Date(internal.lastTouchAt), now)}
      </Text>
    );
  }
  const why = internal.whyMoved === null ? undefined : shortened(internal.whyMoved);
  return (
    <Text size="xs" c="dimmed" {...(internal.whyMoved === null ? {} : { title: internal.whyMoved })}>
      {why?.words ?? (internal.scoreChange === null ? null : format.number(internal.scoreChange, "points"))}
      {why !== undefined && why.more > 0 && ` ${accounts("moreReasons", { count: why.more })}`}
    </Text>
  );
}

type AllProps = { filter: AccountFilter; order: AccountOrder; count: number };

/** The way from a figure to the list that has so many accounts. */
export function All({ filter, order, count }: AllProps) {
  const t = useTranslations("consoleToday");
  return (
    <Anchor component={Link} href={listOf(filter, order)} size="sm" flex="none">
      {t("all", { count })}
    </Anchor>
  );
}
