import type { ResultOf } from "~/api/graphql";
import type { SystemIngestion } from "~/console/system/operations";

/** Why an item is no event. */
export const CODES = [
  "NOT_AN_OBJECT",
  "UNKNOWN_TYPE",
  "MISSING",
  "WRONG_TYPE",
  "TOO_LONG",
  "TOO_LARGE",
  "TOO_DEEP",
  "UNSTORABLE",
  "TIME_UNREADABLE",
  "TIME_ABSURD",
  "CONTRADICTS",
  "NOT_ALLOWED",
] as const;

export type RejectCode = (typeof CODES)[number];
export type Ingestion = NonNullable<ResultOf<typeof SystemIngestion>["system"]>["ingestion"];
