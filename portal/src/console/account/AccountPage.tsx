import type { ReactNode } from "react";
import { useParams } from "wouter";
import { useSubscription, type AnyVariables, type TypedDocumentNode } from "urql";
import { Page } from "~/app/Page";
import { AccountHead } from "~/console/account/AccountHead";
import type { AccountHeadData } from "~/console/account/fragments";
import { AccountTabs, type Tab } from "~/console/account/AccountTabs";
import { AccountMoved } from "~/console/account/operations";
import { daysAgo } from "~/ui/days";

/** Days over which the head of an account says how its score moved. */
const MOVED_DAYS = 28;

/** The id in the address, and the days that every page of an account asks about. */
export const useAccountVariables = () => {
  const { id = "" } = useParams<{ id: string }>();
  return { id, from: daysAgo(MOVED_DAYS), to: daysAgo(0) };
};

type Props<Data, Variables extends AnyVariables, Account extends AccountHeadData> = {
  tab: Tab;
  query: TypedDocumentNode<Data, Variables>;
  variables: Variables;
  find: (data: Data) => Account | null;
  children: (account: Account, again: () => void) => ReactNode;
};

/** A page about one account: its head, which moves live, its tabs, and the content of one of them. */
export function AccountPage<Data, Variables extends AnyVariables, Account extends AccountHeadData>(
  props: Props<Data, Variables, Account>,
) {
  const { tab, query, variables, find, children } = props;
  useSubscription({ query: AccountMoved, variables: useAccountVariables() });

  return (
    <Page title={(account) => account.name} hasHeading={false} query={query} variables={variables} find={find}>
      {(account, again) => (
        <>
          <AccountHead account={account} />
          <AccountTabs accountId={account.id} tab={tab} />
          {children(account, again)}
        </>
      )}
    </Page>
  );
}
