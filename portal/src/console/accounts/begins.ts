import { useLocalStorage } from "@mantine/hooks";
import { useEffect } from "react";
import { useQuery } from "urql";
import { ALL_ACCOUNTS, addressOf } from "~/console/accounts/address";
import { stateOf } from "~/console/accounts/view";
import { BeginsQuery } from "~/console/operations";

/**
 * The address with which the reader's list of accounts begins. `told`: as a page of this visit was answered, undefined
 * before one was. `kept`: as this browser last heard on an earlier visit, by which who comes straight to the list is
 * shown it without asking first; undefined in a browser that has not heard.
 */
export function useBegins(): { told: string | undefined; kept: string | undefined } {
  const [{ data }] = useQuery({ query: BeginsQuery, requestPolicy: "cache-only" });
  const [kept, keep] = useLocalStorage<string | undefined>({ key: "waymark.accounts.begins", getInitialValueInEffect: false });
  const view = data?.viewer?.defaultView;
  const told = view === undefined ? undefined : view === null ? ALL_ACCOUNTS : addressOf(stateOf(view));
  useEffect(() => {
    if (told !== undefined) keep(told);
  }, [told, keep]);
  return { told, kept };
}
