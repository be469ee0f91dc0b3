import { useState } from "react";
import { useQuery } from "urql";
import { useTranslations } from "use-intl";
import { Redirect, useLocation, useSearchParams } from "wouter";
import { Page } from "~/app/Page";
import { AccountsList } from "~/console/accounts/AccountsList";
import { AccountsTabs } from "~/console/accounts/AccountsTabs";
import { ALL_ACCOUNTS, addressOf, stateIn, type ListState } from "~/console/accounts/address";
import { useBegins } from "~/console/accounts/begins";
import { asked } from "~/console/accounts/columns";
import { AccountsQuery, VocabularyQuery } from "~/console/accounts/operations";
import { Refused } from "~/console/accounts/Refused";
import { Toolbar } from "~/console/accounts/Toolbar";
import { PageSkeleton } from "~/ui/PageSkeleton";

const PAGE = 50;

/** All accounts, or those of a filter, in an order: what is shown stands in the address. Where nothing does, the reader's default is shown. */
export function AccountsPage() {
  const [parameters] = useSearchParams();
  const { told, kept } = useBegins();
  const isBare = parameters.size === 0;
  // Where the list began on an earlier visit. It is shown at once, and the answer to it tells whether it still begins there.
  const [guess, setGuess] = useState(isBare && told === undefined ? kept : undefined);
  const [isGuessed, setGuessed] = useState(false);

  const isWrong = guess !== undefined && told !== undefined && told !== guess && addressOf(stateIn(parameters)) === guess;
  const begins = isBare ? (told ?? (isGuessed ? undefined : guess)) : isWrong ? told : undefined;
  // Once is enough: where the guess led to an error, the next way here asks.
  if (guess !== undefined && !isBare && !isGuessed) setGuessed(true);
  if (guess !== undefined && told !== undefined && !isWrong) setGuess(undefined);
  if (isWrong && begins === ALL_ACCOUNTS) return <Redirect to="/accounts" replace />;
  if (begins !== undefined && begins !== ALL_ACCOUNTS) return <Redirect to={begins} replace />;
  return <Accounts parameters={parameters} isUnknown={isBare && told === undefined} />;
}

/** `isUnknown`: whether the answer may tell of another list with which the reader's begins. */
function Accounts({ parameters, isUnknown }: { parameters: URLSearchParams; isUnknown: boolean }) {
  const t = useTranslations("consoleAccounts");
  const [, go] = useLocation();
  const address = parameters.toString();
  const [first] = useState(address);
  const state = stateIn(parameters);
  const { filter, order, columns, after, before } = state;
  const [{ data: vocabulary }] = useQuery({ query: VocabularyQuery, requestPolicy: "cache-only" });

  const page = before === undefined ? { first: PAGE, ...(after === undefined ? {} : { after }) } : { last: PAGE, before };
  const variables = { filter, orderBy: order, ...page, ...asked(columns), isFirst: address === first };

  /** Another list begins on its first page. Turning pages is a step to go back from; so is each other change. */
  const change = (to: Partial<ListState>) => go(addressOf({ ...state, after: undefined, before: undefined, ...to }));

  return (
    <Page
      title={t("title")}
      query={AccountsQuery}
      variables={variables}
      find={(data) => data}
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
      {(found, again, isStale) =>
        isUnknown && found.viewer?.defaultView ? (
          <PageSkeleton />
        ) : (
          <AccountsTabs tab="accounts">
            <AccountsList state={state} data={found} isStale={isStale} vocabulary={vocabulary ?? {}} onChange={change} onAgain={again} />
          </AccountsTabs>
        )
      }
    </Page>
  );
}
