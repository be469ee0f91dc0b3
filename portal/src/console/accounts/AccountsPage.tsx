import { useState } from "react";
import { useQuery } from "urql";
import { useTranslations } from "use-intl";
import { Redirect, useLocation, useSearchParams } from "wouter";
import { Page } from "~/app/Page";
import { AccountsList } from "~/console/accounts/AccountsList";
import { addressOf, stateIn, type ListState } from "~/console/accounts/address";
import { asked } from "~/console/accounts/columns";
import { AccountsQuery, BeginsQuery, VocabularyQuery } from "~/console/accounts/operations";
import { stateOf } from "~/console/accounts/Views";
import { PageSkeleton } from "~/ui/PageSkeleton";

const PAGE = 50;

/** All accounts, or those of a filter, in an order: what is shown stands in the address. Where nothing does, the reader's default is shown. */
export function AccountsPage() {
  const t = useTranslations("consoleAccounts");
  const [parameters] = useSearchParams();
  const [, go] = useLocation();
  const address = parameters.toString();
  const [first] = useState(address);
  const state = stateIn(parameters);
  const { filter, order, columns, after, before } = state;
  const [{ data: vocabulary }] = useQuery({ query: VocabularyQuery, requestPolicy: "cache-only" });
  const [{ data: known }] = useQuery({ query: BeginsQuery, requestPolicy: "cache-only" });

  const isBare = address === "";
  const begins = known?.viewer?.defaultView;
  const page = before === undefined ? { first: PAGE, ...(after === undefined ? {} : { after }) } : { last: PAGE, before };
  const variables = { filter, orderBy: order, ...page, ...asked(columns), isFirst: address === first };

  /** Another list begins on its first page. Turning pages is a step to go back from; so is each other change. */
  const change = (to: Partial<ListState>) => go(addressOf({ ...state, after: undefined, before: undefined, ...to }));

  if (isBare && begins) return <Redirect to={addressOf(stateOf(begins))} replace />;
  return (
    <Page title={t("title")} query={AccountsQuery} variables={variables} find={(data) => data}>
      {(found, again) =>
        isBare && found.viewer?.defaultView ? (
          <PageSkeleton />
        ) : (
          <AccountsList state={state} data={found} vocabulary={vocabulary ?? {}} onChange={change} onAgain={again} />
        )
      }
    </Page>
  );
}
