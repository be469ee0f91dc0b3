import { useQuery } from "urql";
import { ALL_ACCOUNTS, addressOf } from "~/console/accounts/address";
import { stateOf } from "~/console/accounts/view";
import { BeginsQuery } from "~/console/operations";

/** The address with which the reader's list of accounts begins, as a page of this visit was told; undefined before one was. */
export function useBegins(): string | undefined {
  const [{ data }] = useQuery({ query: BeginsQuery, requestPolicy: "cache-only" });
  const view = data?.viewer?.defaultView;
  return view === undefined ? undefined : view === null ? ALL_ACCOUNTS : addressOf(stateOf(view));
}
