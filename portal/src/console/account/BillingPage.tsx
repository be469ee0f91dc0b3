import { Badge, List, Stack, Table, Text } from "@mantine/core";
import { useTranslations } from "use-intl";
import { useFormatter } from "~/app/format";
import { AccountPage, useAccountVariables } from "~/console/account/AccountPage";
import { AccountBilling } from "~/console/account/operations";
import { Amount } from "~/ui/Amount";
import { Card } from "~/ui/Card";
import { EmptyState } from "~/ui/EmptyState";
import { PageTurner, useTurner } from "~/ui/PageTurner";
import { noonOf } from "~/ui/days";
import { planName } from "~/ui/planName";

/** What an account pays: subscriptions, invoices, and what happened to its payments. */
export function BillingPage() {
  const t = useTranslations("consoleAccount");
  const format = useFormatter();
  const account = useAccountVariables();
  const invoices = useTurner(account.id);
  const facts = useTurner(account.id);
  const variables = { ...account, invoicesAfter: invoices.after, factsAfter: facts.after };
  const day = (value: string | null) => (value === null ? t("none") : format.dateTime(noonOf(value), "day"));
  return (
    <AccountPage tab="billing" query={AccountBilling} variables={variables} find={(data) => data.account}>
      {({ subscriptions, internal }) => (
        <Stack>
          <Card title={t("subscriptions")}>
            {subscriptions.length === 0 ? (
              <EmptyState title={t("noSubscriptions")} />
            ) : (
              <List spacing="xs">
                {subscriptions.map(({ planKey, status, mrr, seats, startsOn, endsOn, renewsOn }) => (
                  <List.Item key={`${planKey} ${startsOn}`}>
                    <Text size="sm" span fw={600}>
                      {planName(planKey)}
                    </Text>{" "}
                    <Badge size="xs" variant="light" tt="none">
                      {t(`subscriptionStatuses.${status}`)}
                    </Badge>
                    <Text size="sm" c="dimmed">
                      <Amount money={mrr} /> {t("aMonth")}
                      {seats !== null && ` · ${t("seatCount", { count: seats })}`} · {endsOn === null ? t("renews", { day: day(renewsOn) }) : t("until", { day: day(endsOn) })}
                    </Text>
                  </List.Item>
                ))}
              </List>
            )}
          </Card>
          <Card title={t("invoices")}>
            {internal === null || internal.invoices.nodes.length === 0 ? (
              <EmptyState title={t("noInvoices")} />
            ) : (
              <Table.ScrollContainer minWidth={480} mb="sm">
                <Table>
                  <Table.Thead>
                    <Table.Tr>
                      <Table.Th>{t("issued")}</Table.Th>
                      <Table.Th>{t("dueDay")}</Table.Th>
                      <Table.Th>{t("settled")}</Table.Th>
                      <Table.Th ta="right">{t("amount")}</Table.Th>
                    </Table.Tr>
                  </Table.Thead>
                  <Table.Tbody>
                    {internal.invoices.nodes.map(({ key, issuedOn, dueOn, settledOn, amount }) => (
                      <Table.Tr key={key}>
                        <Table.Td>{day(issuedOn)}</Table.Td>
                        <Table.Td>{day(dueOn)}</Table.Td>
                        <Table.Td>{settledOn === null ? t("open") : day(settledOn)}</Table.Td>
                        <Table.Td ta="right">
                          <Amount money={amount} />
                        </Table.Td>
                      </Table.Tr>
                    ))}
                  </Table.Tbody>
                </Table>
              </Table.ScrollContainer>
            )}
            {internal !== null && <PageTurner turner={invoices} pageInfo={internal.invoices.pageInfo} />}
          </Card>
          <Card title={t("payments")}>
            {internal === null || internal.billingTimeline.nodes.length === 0 ? (
              <EmptyState title={t("noPayments")} />
            ) : (
              <List spacing="xs" mb="sm">
                {internal.billingTimeline.nodes.map(({ kind, occurredAt, objectKey, amount }) => (
                  <List.Item key={`${kind} ${objectKey} ${occurredAt}`}>
                    {format.dateTime(new Date(occurredAt), "day")} · {t(`billingKinds.${kind}`)}
                    {amount !== null && (
                      <>
                        {" · "}
                        <Amount money={amount} />
                      </>
                    )}
                  </List.Item>
                ))}
              </List>
            )}
            {internal !== null && <PageTurner turner={facts} pageInfo={internal.billingTimeline.pageInfo} />}
          </Card>
        </Stack>
      )}
    </AccountPage>
  );
}
