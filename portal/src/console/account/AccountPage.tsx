import { Tabs } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslations } from "use-intl";
import { useLocation, useParams } from "wouter";
import { useSubscription, type AnyVariables, type TypedDocumentNode } from "urql";
import { Page } from "~/app/Page";
import { AccountHead } from "~/console/account/AccountHead";
import type { AccountHeadData } from "~/console/account/fragments";
import { AccountMoved } from "~/console/account/operations";
import { daysAgo } from "~/ui/days";

const TABS = ["overview", "health", "timeline", "people", "usage", "billing"] as const;
export type Tab = (typeof TABS)[number];

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
  const t = useTranslations("consoleAccount");
  const [, go] = useLocation();
  useSubscription({ query: AccountMoved, variables: useAccountVariables() });

  return (
    <Page title={(account) => account.name} hasHeading={false} query={query} variables={variables} find={find}>
      {(account, again) => (
        <>
          <AccountHead account={account} />
          <Tabs
            value={tab}
            onChange={(next) => go(`/accounts/${account.id}${next === "overview" ? "" : `/${next}`}`)}
            activateTabWithKeyboard={false}
            mb="md"
          >
            <Tabs.List>
              {TABS.map((each) => (
                <Tabs.Tab key={each} value={each}>
                  {t(`tabs.${each}`)}
                </Tabs.Tab>
              ))}
            </Tabs.List>
            <Tabs.Panel value={tab} pt="md">
              {children(account, again)}
            </Tabs.Panel>
          </Tabs>
        </>
      )}
    </Page>
  );
}
