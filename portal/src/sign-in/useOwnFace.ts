import { useEffect } from "react";
import { useQuery } from "urql";
import { homeOf, type SignedIn } from "~/api/session";
import { WhoQuery } from "~/app/operations";

/** Whoever belongs to the other face of Waymark is led there, as soon as an answer tells who they are. */
export function useOwnFace(here: SignedIn["kind"]) {
  const [{ data }] = useQuery({ query: WhoQuery, requestPolicy: "cache-only" });
  const kind = data?.viewer?.kind;
  useEffect(() => {
    if ((kind === "STAFF" || kind === "MEMBER") && kind !== here) window.location.replace(homeOf(kind));
  }, [kind, here]);
}
