import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState } from "react";
import { useMutation, type AnyVariables, type TypedDocumentNode } from "urql";
import { useTranslations } from "use-intl";
import { codeOf } from "~/api/client";
import type { UserError } from "~/api/userError";

type Payload = { userErrors: UserError[] };

/** Codes that say enough by themselves, with the values that come with them. */
const CODES = [
  "ALREADY_MEMBER",
  "ALREADY_RESOLVED",
  "IDEMPOTENCY_KEY_REUSED",
  "LAST_ADMIN",
  "NOT_FOUND",
  "SECOND_FACTOR_UNREADABLE",
  "THROTTLED",
  "WRONG_CODE",
] as const;
/** Fields of forms whose value, where it is INVALID, is wrong in one way. */
const FIELDS = ["accentColor", "address", "currentPassword", "email", "expiresDays", "expiresOn", "healthy", "locale", "occurredAt", "poor", "timeZone", "until", "weight"] as const;

/** The field of a form beside which an error belongs. */
const placeOf = ({ field }: UserError, fields: readonly string[]): string => {
  const place = field?.join(".") ?? "";
  return fields.find((each) => place === each || place.startsWith(`${each}.`)) ?? "";
};

/** A whole number of an error's values. */
const numberOf = (params: unknown, name: string): number | undefined => {
  const found: unknown = (params as Record<string, unknown> | null)?.[name];
  return typeof found === "number" ? found : undefined;
};

/** What came of a change: its payload, or the words beside each field (`""` for what belongs beside none). */
export type Outcome<P> = { payload: P; errors: undefined } | { payload: undefined; errors: Record<string, string> };

/** For a change whose refusal is shown in place, in words that belong to no field. */
export const IN_PLACE: readonly string[] = [];

/**
 * A change: `run(variables)` sends it and answers with its payload, or with errors worded for the `fields` that its form
 * has; what is refused elsewhere, or inside one of them, is told of the form or of that field. Without `fields` there is
 * no place to show a refusal, and a notification tells it. So it does of what fails for another reason (no connection,
 * no permission), and nothing typed is lost.
 */
export function useChange<Data extends Record<string, unknown>, Variables extends AnyVariables>(
  mutation: TypedDocumentNode<Data, Variables>,
  fields?: readonly string[],
) {
  const t = useTranslations("shared");
  const [, execute] = useMutation(mutation);
  const [isRunning, setRunning] = useState(false);

  /** The words of the catalogue; where it has none, those of the API, which are English. */
  const word = ({ code, field, message, params }: UserError) => {
    const worded = CODES.find((each) => each === code);
    if (worded !== undefined) return t(`userErrors.${worded}`, params as Record<string, string | number>);
    const most = numberOf(params, "most");
    if (code === "LIMIT_REACHED" && most !== undefined) return t("userErrors.LIMIT_REACHED", { most });
    if (code !== "INVALID") return message;
    const name = FIELDS.find((each) => each === field?.at(-1));
    if (name !== undefined) return t(`userErrors.INVALID.${name}`, params as Record<string, string | number>);
    return most === undefined ? message : t("userErrors.INVALID.length", { least: numberOf(params, "least") ?? 1, most });
  };

  /** It stays until it is read: a page that loads itself anew would lose what was typed. */
  const tellOfNewVersion = () =>
    notifications.show({
      id: "new-version",
      autoClose: false,
      color: "red",
      title: t("notSaved"),
      message: (
        <>
          {t("errors.PERSISTED_QUERY_NOT_FOUND.notSaved")}
          <Button mt="xs" size="compact-sm" variant="default" display="block" onClick={() => window.location.reload()}>
            {t("errors.reload")}
          </Button>
        </>
      ),
    });

  const run = async (variables: Variables): Promise<Outcome<NonNullable<Data[keyof Data]>>> => {
    setRunning(true);
    const { data, error } = await execute(variables);
    setRunning(false);
    const payload = data === undefined ? undefined : (Object.values(data).find((each) => each !== null && typeof each === "object") as
      | (Payload & NonNullable<Data[keyof Data]>)
      | undefined);
    if (error !== undefined || payload === undefined) {
      const code = error === undefined ? "UNKNOWN" : codeOf(error);
      if (code === "PERSISTED_QUERY_NOT_FOUND") {
        tellOfNewVersion();
        return { payload: undefined, errors: {} };
      }
      const message = code === "UNREACHABLE" ? t("errors.UNREACHABLE.title") : (error?.graphQLErrors[0]?.message ?? t("errors.UNKNOWN.title"));
      notifications.show({ color: "red", title: t("notSaved"), message });
      return { payload: undefined, errors: {} };
    }
    const [refusal] = payload.userErrors;
    if (refusal !== undefined && fields === undefined) {
      notifications.show({ color: "red", title: t("notSaved"), message: word(refusal) });
      return { payload: undefined, errors: {} };
    }
    if (refusal !== undefined) {
      const errors: Record<string, string> = {};
      for (const each of payload.userErrors) errors[placeOf(each, fields ?? [])] ??= word(each);
      return { payload: undefined, errors };
    }
    return { payload, errors: undefined };
  };

  return { run, isRunning };
}
