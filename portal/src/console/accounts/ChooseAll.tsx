import { Button, Text } from "@mantine/core";
import { useState } from "react";
import { useClient, type Client } from "urql";
import { useTranslations } from "use-intl";
import type { VariablesOf } from "~/api/graphql";
import type { AccountFilter, AccountOrder } from "~/console/accounts/filter";
import type { ChosenAccount } from "~/console/accounts/line";
import { AccountsToChooseQuery } from "~/console/accounts/operations";

/** How many accounts are chosen at one press: as many as a few changes, one after the other, get through in seconds. */
export const MOST = 500;

const page = (client: Client, variables: VariablesOf<typeof AccountsToChooseQuery>) =>
  client.query(AccountsToChooseQuery, variables, { requestPolicy: "network-only" }).toPromise();

/** The first accounts of a filter, page by page; undefined where one of the pages is not answered. */
const firstOf = async (client: Client, filter: AccountFilter, orderBy: AccountOrder): Promise<ChosenAccount[] | undefined> => {
  const found: ChosenAccount[] = [];
  for (let after: string | null = null; found.length < MOST; ) {
    const { data }: Awaited<ReturnType<typeof page>> = await page(client, { filter, orderBy, after });
    if (data === undefined) return undefined;
    found.push(...data.accounts.nodes);
    if (!data.accounts.pageInfo.hasNextPage) break;
    after = data.accounts.pageInfo.endCursor;
  }
  return found;
};

type Props = {
  filter: AccountFilter;
  order: AccountOrder;
  /** How many accounts the filter finds, at least. */
  count: number;
  onChosen: (accounts: ChosenAccount[]) => void;
};

/** Chooses the accounts of a filter from all pages; of very many, the first in the order of the list. */
export function ChooseAll({ filter, order, count, onChosen }: Props) {
  const t = useTranslations("consoleAccounts.chosen");
  const client = useClient();
  const [isAsking, setAsking] = useState(false);
  const [hasFailed, setFailed] = useState(false);

  const choose = async () => {
    setAsking(true);
    const found = await firstOf(client, filter, order);
    setAsking(false);
    setFailed(found === undefined);
    if (found !== undefined) onChosen(found);
  };
  return (
    <>
      <Button size="compact-sm" variant="light" loading={isAsking} onClick={() => void choose()}>
        {count > MOST ? t("chooseFirst", { count: MOST }) : t("chooseAll", { count })}
      </Button>
      {hasFailed && (
        <Text size="sm" role="alert">
          {t("chooseFailed")}
        </Text>
      )}
    </>
  );
}
