import { useQuery } from "urql";
import { WhoQuery } from "~/app/operations";

/** Whether the reader has a permission, such as `accounts:write`; what needs one that they lack is not shown to them. */
export function useMay() {
  const [{ data }] = useQuery({ query: WhoQuery, requestPolicy: "cache-only" });
  return (permission: string): boolean => data?.viewer?.permissions.includes(permission) === true;
}
