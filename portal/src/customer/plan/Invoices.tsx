import { Badge, Table } from "@mantine/core";
import { useTranslations } from "use-intl";
import { graphql, type FragmentOf } from "~/api/graphql";
import { useFormatter } from "~/app/format";
import { Amount } from "~/ui/Amount";
import { noonOf } from "~/ui/days";
import { EmptyState } from "~/ui/EmptyState";

export const invoiceLine = graphql(`
  fragment InvoiceLine on BillingInvoice {
    key
    amount {
      amountMinor
      currencyCode
    }
    state
    issuedOn
    dueOn
    settledOn
  }
`);

const COLOURS = { OPEN: "blue", OVERDUE: "red", PAID: "green", CLOSED: "gray" } as const;

/** Invoices, the newest first. */
export function Invoices({ invoices }: { invoices: FragmentOf<typeof invoiceLine>[] }) {
  const t = useTranslations("customerPlan");
  const format = useFormatter();
  const day = (date: string) => format.dateTime(noonOf(date), "day");
  if (invoices.length === 0) return <EmptyState title={t("noInvoices")}>{t("noInvoicesText")}</EmptyState>;
  return (
    <Table.ScrollContainer minWidth={440}>
      <Table aria-label={t("invoices")}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("number")}</Table.Th>
            <Table.Th>{t("issued")}</Table.Th>
            <Table.Th>{t("due")}</Table.Th>
            <Table.Th ta="right">{t("amount")}</Table.Th>
            <Table.Th>{t("state")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {invoices.map(({ key, issuedOn, dueOn, settledOn, amount, state }) => (
            <Table.Tr key={key}>
              <Table.Td>{key}</Table.Td>
              <Table.Td>{day(issuedOn)}</Table.Td>
              <Table.Td>{day(dueOn)}</Table.Td>
              <Table.Td ta="right">
                <Amount money={amount} />
              </Table.Td>
              <Table.Td>
                <Badge variant="light" color={COLOURS[state]} c="var(--mantine-color-text)" tt="none">
                  {state === "PAID" && settledOn !== null ? t("paidOn", { day: day(settledOn) }) : t(`states.${state}`)}
                </Badge>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
