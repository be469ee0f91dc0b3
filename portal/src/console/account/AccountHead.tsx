import { Anchor, Badge, Group, Paper, SimpleGrid, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { useNow, useTranslations } from "use-intl";
import { Link } from "wouter";
import { PageHeading } from "~/app/Page";
import { useFormatter } from "~/app/format";
import { AccountActions } from "~/console/account/AccountActions";
import type { AccountHeadData } from "~/console/account/fragments";
import { Pulse } from "~/console/account/Pulse";
import { Mark } from "~/console/Mark";
import { NearSynonyms } from "~/console/NearSynonyms";
import { Amount } from "~/ui/Amount";
import { Band } from "~/ui/Band";
import { noonOf } from "~/ui/days";

/** What an account is, whether it does well, why, and what there is to do: the first line of each of its pages. */
export function AccountHead({ account }: { account: AccountHeadData }) {
  const t = useTranslations("consoleAccount");
  const format = useFormatter();
  const now = useNow();
  const { internal } = account;
  const forced = internal?.overrides.nodes.find(({ isInForce }) => isInForce);
  const day = (value: string | null | undefined) =>
    value === null || value === undefined ? t("none") : format.dateTime(noonOf(value), "day");

  return (
    <Stack gap="sm" mb="md">
      <Group justify="space-between" align="flex-start">
        <div>
          <Group gap="xs">
            <PageHeading>{account.name}</PageHeading>
            {account.tier !== null && <Badge variant="default">{account.tier.name}</Badge>}
            {internal?.tags.map((tag) => (
              <Badge key={tag} variant="light" tt="none">
                {tag}
              </Badge>
            ))}
          </Group>
          <Text size="sm" c="dimmed">
            {t("since", { day: day(account.customerSince) })}
            {account.industry !== null && ` · ${account.industry}`}
            {account.parent !== null && (
              <>
                {" · "}
                {t.rich("belongsTo", {
                  parent: () => (
                    <Anchor component={Link} href={`/accounts/${account.parent?.id ?? ""}`} inherit>
                      {account.parent?.name}
                    </Anchor>
                  ),
                })}
              </>
            )}
          </Text>
        </div>
        <AccountActions account={account} />
      </Group>
      {internal !== null && (
        <Paper withBorder p="md" component="section" aria-label={t("standing")}>
          <Group gap="sm" mb={4} aria-live="polite">
            <Text fz={28} fw={700} lh={1}>
              {typeof internal.health?.score === "number" ? format.number(internal.health.score, "score") : "–"}
            </Text>
            <Band band={internal.health?.band ?? "INSUFFICIENT_DATA"} />
            {internal.health?.category != null && (
              <Mark tone={internal.health.category}>{t(`categories.${internal.health.category}`)}</Mark>
            )}
            {internal.health != null && (
              <Text size="sm" c="dimmed">
                {t(`trends.${internal.health.trend}`)}
              </Text>
            )}
          </Group>
          {internal.health?.leavesBandAt != null && (internal.health.band === "RED" || internal.health.band === "YELLOW") && (
            <Text size="sm">{t(`recovering.${internal.health.band}`, { points: Number(internal.health.leavesBandAt) })}</Text>
          )}
          {internal.healthChange?.sentence != null && <Text size="sm">{internal.healthChange.sentence}</Text>}
          {forced !== undefined && (
            <Text size="sm" fw={600}>
              {t("forced", { reason: forced.reason, day: format.dateTime(new Date(forced.endsAt), "day") })}
            </Text>
          )}
          <NearSynonyms />
          <SimpleGrid cols={{ base: 2, sm: 3, lg: 6 }} mt="md" spacing="md">
            <Fact name={t("mrr")}>
              <Amount money={internal.mrr} />
            </Fact>
            <Fact name={t("seats")}>{internal.seats === null ? t("none") : format.number(internal.seats)}</Fact>
            {internal.churnedOn === null ? (
              <Fact name={t("renewal")}>{day(internal.renewsOn)}</Fact>
            ) : (
              <Fact name={t("churned")}>
                {day(internal.churnedOn)} {internal.churnReason}
              </Fact>
            )}
            <Fact name={t("owner")}>{account.successManager?.displayName ?? t("nobody")}</Fact>
            <Fact name={t("lastTouch")}>
              {internal.lastTouchAt === null ? t("never") : format.relativeTime(new Date(internal.lastTouchAt), now)}
            </Fact>
            <Fact name={t("pulse")}>
              <Pulse accountId={account.id} pulse={internal.pulse} />
            </Fact>
          </SimpleGrid>
        </Paper>
      )}
    </Stack>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <Text size="xs" c="dimmed">
        {name}
      </Text>
      <Text size="sm" fw={600} component="div">
        {children}
      </Text>
    </div>
  );
}
