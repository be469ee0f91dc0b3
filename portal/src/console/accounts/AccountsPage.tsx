import { useEffect, useState } from "react";
import { useQuery } from "urql";
import { useTranslations } from "use-intl";
import { Redirect, useLocation, useSearchParams } from "wouter";
import type { ResultOf } from "~/api/graphql";
import { Page } from "~/app/Page";
import { AccountsList } from "~/console/accounts/AccountsList";
import { AccountsTabs } from "~/console/accounts/AccountsTabs";
import { ALL_ACCOUNTS, addressOf, stateIn, type ListState } from "~/console/accounts/address";
import { useBegins } from "~/console/accounts/begins";
import { asked, COLUMNS } from "~/console/accounts/columns";
import { AccountsBeginQuery, AccountsQuery, VocabularyQuery } from "~/console/accounts/operations";
import { Refused } from "~/console/accounts/Refused";
import { Toolbar } from "~/console/accounts/Toolbar";
import { PageSkeleton } from "~/ui/PageSkeleton";

const PAGE = 50;
/** Which columns the reader's default view has is not known before it is told, so that all are asked for. */
const BEGINNING = { first: PAGE, ...asked([...COLUMNS]) };

type Found = ResultOf<typeof AccountsQuery>;

/** The list that an answer is about: of the one to where the list begins, what the reader's view holds, should there be one. */
const begun = (data: Found): Found => {
  const view: object = data.viewer?.defaultView ?? {};
  const held = "accounts" in view ? (view.accounts as Found["accounts"] | null) : null;
  return { ...data, accounts: held ?? data.accounts };
};

/** All accounts, or those of a filter, in an order: what is shown stands in the address. Where nothing does, the reader's default is shown. */
export function AccountsPage() {
  const [parameters] = useSearchParams();
  const begins = useBegins();
  const isBare = parameters.size === 0;
  // Who comes straight to the list asks with which view it begins and what that holds at once.
  const [isBeginning, setBeginning] = useState(isBare && begins === undefined);
  if (isBeginning && !isBare && addressOf(stateIn(parameters)) !== begins) setBeginning(false);
  return (
    <>
      {isBare && begins !== undefined && begins !== ALL_ACCOUNTS && <Redirect to={begins} replace />}
      <Accounts
        parameters={isBare ? new URLSearchParams(begins?.split("?")[1]) : parameters}
        isBeginning={isBeginning}
        onUnusable={() => setBeginning(false)}
      />
    </>
  );
}

type AccountsProps = {
  parameters: URLSearchParams;
  /** Whether the list is the one with which the reader's begins, and is asked together with that. */
  isBeginning: boolean;
  /** The filter with which it begins cannot be used any more. */
  onUnusable: () => void;
};

function Accounts({ parameters, isBeginning, onUnusable }: AccountsProps) {
  const t = useTranslations("consoleAccounts");
  const [, go] = useLocation();
  const address = parameters.toString();
  const [first] = useState(address);
  const state = stateIn(parameters);
  const { filter, order, columns, after, before } = state;
  const [{ data: vocabulary }] = useQuery({ query: VocabularyQuery, requestPolicy: "cache-only" });

  const page = before === undefined ? { first: PAGE, ...(after === undefined ? {} : { after }) } : { last: PAGE, before };
  const variables = { filter, orderBy: order, ...page, ...asked(columns), isFirst: address === first && !isBeginning };

  /** Another list begins on its first page. Turning pages is a step to go back from; so is each other change. */
  const change = (to: Partial<ListState>) => go(addressOf({ ...state, after: undefined, before: undefined, ...to }));

  const list = (found: Found, again: () => void, isStale: boolean) => (
    <AccountsTabs tab="accounts">
      <AccountsList state={state} data={found} isStale={isStale} vocabulary={vocabulary ?? {}} onChange={change} onAgain={again} />
    </AccountsTabs>
  );
  if (isBeginning) {
    return (
      <Page title={t("title")} query={AccountsBeginQuery} variables={BEGINNING} find={(data) => ({ ...begun(data), isUnusable: data.viewer?.defaultView?.accounts === null })} refused={() => <Otherwise onShown={onUnusable} />}>
        {(found, again, isStale) =>
          found.isUnusable ? <Otherwise onShown={onUnusable} /> : list(found, again, isStale)
        }
      </Page>
    );
  }
  return (
    <Page
      title={t("title")}
      query={AccountsQuery}
      variables={variables}
      find={begun}
      refused={(message) => (
        <Refused message={message} onClear={() => change({ filter: {} })}>
          {(words, again) => (
            <Toolbar
              state={state}
              views={words?.savedViews.nodes ?? []}
              begins={words?.viewer?.defaultView ?? null}
              vocabulary={vocabulary ?? {}}
              onChange={change}
              onAgain={again}
            />
          )}
        </Refused>
      )}
    >
      {list}
    </Page>
  );
}

/** A page is to be shown otherwise than it was asked for. */
function Otherwise({ onShown }: { onShown: () => void }) {
  useEffect(onShown);
  return <PageSkeleton />;
}
