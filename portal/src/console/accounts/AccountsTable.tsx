import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import { memo, type ReactNode } from "react";
import { useTranslations } from "use-intl";
import { Link } from "wouter";
import classes from "~/console/accounts/AccountsTable.module.css";
import { NUMERIC, ORDERS, isColumn, traitOf, useCells } from "~/console/accounts/columns";
import type { AccountOrder } from "~/console/accounts/filter";
import type { AccountLine } from "~/console/accounts/line";
import type { Vocabulary } from "~/console/accounts/wording";
import { useMay } from "~/console/useMay";

type Props = {
  accounts: AccountLine[];
  columns: string[];
  order: AccountOrder;
  vocabulary: Vocabulary;
  chosen: ReadonlyMap<string, unknown>;
  isMoving: boolean;
  onOrder: (order: AccountOrder) => void;
  onChoose: (accounts: AccountLine[], isChosen: boolean) => void;
};

/** A page of accounts. Cells are plain elements: a table of fifty rows has to answer a press within a frame or two. */
export function AccountsTable({ accounts, columns, order, vocabulary, chosen, isMoving, onOrder, onChoose }: Props) {
  const t = useTranslations("consoleAccounts");
  const cells = useCells();
  const mayChoose = useMay()("accounts:write");
  const heading = (column: string) => {
    const trait = traitOf(column);
    if (trait !== undefined) return vocabulary.traits?.find(({ key }) => key === trait)?.name ?? trait;
    return isColumn(column) ? t(`columns.${column}`) : column;
  };
  const count = accounts.filter(({ id }) => chosen.has(id)).length;

  return (
    <div className={classes.scroll} role="region" aria-label={t("listLabel")} tabIndex={0} data-moving={isMoving || undefined}>
      <table className={classes.table} aria-busy={isMoving}>
        <thead>
          <tr>
            {mayChoose && (
              <th scope="col" className={classes.choice}>
                <input
                  type="checkbox"
                  aria-label={t("chosen.choosePage")}
                  checked={count === accounts.length && count > 0}
                  ref={(box) => {
                    if (box !== null) box.indeterminate = count > 0 && count < accounts.length;
                  }}
                  onChange={(event) => onChoose(accounts, event.currentTarget.checked)}
                />
              </th>
            )}
            {columns.map((column) => (
              <Heading key={column} column={column} order={order} onOrder={onOrder}>
                {heading(column)}
              </Heading>
            ))}
          </tr>
        </thead>
        <tbody>
          {accounts.map((account) => (
            <Row key={account.id} account={account} columns={columns} cells={cells} mayChoose={mayChoose} isChosen={chosen.has(account.id)} onChoose={onChoose} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

type HeadingProps = { column: string; order: AccountOrder; onOrder: (order: AccountOrder) => void; children: string };

function Heading({ column, order, onOrder, children }: HeadingProps) {
  const t = useTranslations("consoleAccounts");
  const own = ORDERS[column];
  const isNumeric = NUMERIC.has(column) || undefined;
  if (own === undefined) {
    return (
      <th scope="col" data-numeric={isNumeric}>
        {children}
      </th>
    );
  }
  const isSorted = order.field === own.field && (own.field !== "HEALTH_CHANGE" || order.window === own.window);
  const turned = order.direction === "ASC" ? "DESC" : "ASC";
  const Picture = order.direction === "ASC" ? IconArrowUp : IconArrowDown;
  return (
    <th scope="col" data-numeric={isNumeric} aria-sort={isSorted ? (order.direction === "ASC" ? "ascending" : "descending") : undefined}>
      <button
        type="button"
        className={classes.sort}
        aria-label={t("orderBy", { column: children })}
        onClick={() => onOrder(isSorted ? { ...own, direction: turned } : own)}
      >
        {children}
        {isSorted && <Picture size={12} aria-hidden />}
      </button>
    </th>
  );
}

type RowProps = {
  account: AccountLine;
  columns: string[];
  cells: (account: AccountLine, column: string) => ReactNode;
  mayChoose: boolean;
  isChosen: boolean;
  onChoose: (accounts: AccountLine[], isChosen: boolean) => void;
};

const Row = memo(
  function Row({ account, columns, cells, mayChoose, isChosen, onChoose }: RowProps) {
    const t = useTranslations("consoleAccounts");
    return (
      <tr data-chosen={isChosen || undefined}>
        {mayChoose && (
          <td className={classes.choice}>
            <input
              type="checkbox"
              aria-label={t("chosen.choose", { name: account.name })}
              checked={isChosen}
              onChange={(event) => onChoose([account], event.currentTarget.checked)}
            />
          </td>
        )}
        {columns.map((column) => (
          <td key={column} data-numeric={NUMERIC.has(column) || undefined} data-long={column === "why7" || column === "why30" || undefined}>
            {column === "name" ? (
              <Link href={`/accounts/${account.id}/overview`} className={classes.link}>
                {account.name}
              </Link>
            ) : (
              cells(account, column)
            )}
          </td>
        ))}
      </tr>
    );
  },
  // What `cells` and `onChoose` do does not change with their identity.
  (before, after) =>
    before.account === after.account &&
    before.mayChoose === after.mayChoose &&
    before.isChosen === after.isChosen &&
    before.columns.join() === after.columns.join(),
);
