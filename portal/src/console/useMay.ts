import { useQuery } from "urql";
import { ConsoleFrameQuery } from "~/console/operations";

/** Whether the reader has a permission, such as `accounts:write`; what needs one that they lack is not shown to them. */
export function useMay() {
  const [{ data }] = useQuery({ query: ConsoleFrameQuery, requestPolicy: "cache-only" });
  return (permission: string): boolean => data?.viewer?.permissions.includes(permission) === true;
}
