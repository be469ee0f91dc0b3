import { useQuery } from "urql";
import { WhoQuery } from "~/app/operations";
import { NotFound } from "~/ui/NotFound";
import { PageSkeleton } from "~/ui/PageSkeleton";

/** In place of what is not there for the reader, or not theirs: whose page it is not, is led to their own by the frame. */
export function Missing({ reason }: { reason: "notFound" | "noPermission" }) {
  const [{ fetching }] = useQuery({ query: WhoQuery });
  return fetching ? <PageSkeleton /> : <NotFound reason={reason} />;
}
