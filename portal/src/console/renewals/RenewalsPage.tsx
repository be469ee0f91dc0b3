import { Anchor, Group, Stack, Table, Text } from "@mantine/core";
import { useTranslations } from "use-intl";
import { Link, useSearchParams } from "wouter";
import type { ResultOf } from "~/api/graphql";
import { Page } from "~/app/Page";
import { useFormatter } from "~/app/format";
import { listOf } from "~/console/accounts/address";
import type { AccountFilter } from "~/console/accounts/filter";
import { Mark } from "~/console/Mark";
import { NearSynonyms } from "~/console/NearSynonyms";
import { Bars } from "~/console/portfolio/Bars";
import { both, monthOf } from "~/console/portfolio/facets";
import { useFacetBars } from "~/console/portfolio/Summary";
import { RenewalsQuery } from "~/console/renewals/operations";
import { Amount } from "~/ui/Amount";
import { Card } from "~/ui/Card";
import { noonOf } from "~/ui/days";
import { EmptyState } from "~/ui/EmptyState";

const CUSTOMERS: AccountFilter = { churnedOn: { isNull: true } };
const SHOWN = 50;

/** What is due by month, against what of it is at risk; and who renews next, or in the month of the address. */
export function RenewalsPage() {
  const t = useTranslations("consoleRenewals");
  const format = useFormatter();
  const [parameters] = useSearchParams();
  const given = parameters.get("month");
  const month = given !== null && /^\d{4}-(?:0[1-9]|1[0-2])$/.test(given) ? given : undefined;
  const due = both(CUSTOMERS, month === undefined ? { renewsOn: { withinNextDays: 90 } } : monthOf(month));
  const barsOf = useFacetBars(CUSTOMERS);
  const name = (key: string) => format.dateTime(noonOf(`${key}-15`), { month: "long", year: "numeric" });

  return (
    <Page title={t("title")} query={RenewalsQuery} variables={{ customers: CUSTOMERS, due, first: SHOWN }} find={(data) => data}>
      {({ portfolio, accounts }) => (
        <Stack>
          <Card title={t("byMonth")}>
            {portfolio.byRenewalMonth.length === 0 ? (
              <EmptyState title={t("none")}>{t("noneText")}</EmptyState>
            ) : (
              <Bars
                label={t("byMonth")}
                bars={barsOf(portfolio.byRenewalMonth, monthOf, ({ key }) => (
                  <Anchor component={Link} href={`/renewals?month=${key}`} size="sm" aria-current={key === month ? "true" : undefined} fw={key === month ? 650 : undefined}>
                    {name(key)}
                  </Anchor>
                ))}
              />
            )}
          </Card>
          <Card
            title={month === undefined ? t("next") : name(month)}
            action={
              <Group gap="md">
                {month !== undefined && (
                  <Anchor component={Link} href="/renewals" size="sm">
                    {t("next")}
                  </Anchor>
                )}
                <Anchor component={Link} href={listOf(due, { field: "RENEWS_ON", direction: "ASC", window: "DAYS_7" })} size="sm">
                  {t("all", { count: accounts.totalCount })}
                </Anchor>
              </Group>
            }
          >
            <Due accounts={accounts.nodes} />
          </Card>
        </Stack>
      )}
    </Page>
  );
}

function Due({ accounts }: { accounts: ResultOf<typeof RenewalsQuery>["accounts"]["nodes"] }) {
  const t = useTranslations("consoleRenewals");
  const columns = useTranslations("consoleAccounts");
  const format = useFormatter();
  if (accounts.length === 0) return <EmptyState title={t("none")} />;
  return (
    <Table.ScrollContainer minWidth={620}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{columns("columns.renewsOn")}</Table.Th>
            <Table.Th>{columns("columns.name")}</Table.Th>
            <Table.Th ta="end">{columns("columns.mrr")}</Table.Th>
            <Table.Th ta="end">{columns("columns.score")}</Table.Th>
            <Table.Th>{columns("columns.category")}</Table.Th>
            <Table.Th>{columns("columns.successManager")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {accounts.map(({ id, name, successManager, subscriptions, internal }) => {
            const ends = subscriptions.some(({ autoRenews, renewsOn }) => renewsOn === internal?.renewsOn && !autoRenews);
            return (
              <Table.Tr key={id}>
                <Table.Td>
                  {internal?.renewsOn && format.dateTime(noonOf(internal.renewsOn), "day")}
                  {ends && (
                    <Text size="xs" c="dimmed">
                      {t("byHand")}
                    </Text>
                  )}
                </Table.Td>
                <Table.Td>
                  <Anchor component={Link} href={`/accounts/${id}/overview`} size="sm" fw={600}>
                    {name}
                  </Anchor>
                </Table.Td>
                <Table.Td ta="end">{internal && <Amount money={internal.mrr} isShort />}</Table.Td>
                <Table.Td ta="end">{internal?.health?.score == null ? "–" : format.number(internal.health.score, "score")}</Table.Td>
                <Table.Td>{internal?.health?.category && <Mark tone={internal.health.category}>{columns(`categories.${internal.health.category}`)}</Mark>}</Table.Td>
                <Table.Td>{successManager?.displayName ?? columns("nobody")}</Table.Td>
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
      <NearSynonyms />
    </Table.ScrollContainer>
  );
}
