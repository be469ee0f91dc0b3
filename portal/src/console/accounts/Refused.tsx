import { Alert, Button, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { useQuery } from "urql";
import { useTranslations } from "use-intl";
import type { ResultOf } from "~/api/graphql";
import { RefusedQuery } from "~/console/accounts/operations";

type Props = {
  /** What the API says of the filter. */
  message: string;
  onClear: () => void;
  /** What the filter is changed by, with the words that it chooses from; undefined until they have come. */
  children: (words: ResultOf<typeof RefusedQuery> | undefined, again: () => void) => ReactNode;
};

/** In place of what a filter would show, where the API refuses it: why, and two ways on. */
export function Refused({ message, onClear, children }: Props) {
  const t = useTranslations("consoleAccounts.refused");
  // A page that was refused was told nothing else either; where another page came before, the cache answers.
  const [{ data }, execute] = useQuery({ query: RefusedQuery, requestPolicy: "cache-first" });
  return (
    <Stack gap="sm">
      {children(data, () => execute({ requestPolicy: "network-only" }))}
      <Alert color="orange">
        <Text size="sm" fw={600}>
          {t("title")}
        </Text>
        <Text size="sm" style={{ whiteSpace: "pre-line" }}>
          {message}
        </Text>
        <Button mt="sm" size="compact-sm" variant="default" onClick={onClear}>
          {t("clear")}
        </Button>
      </Alert>
    </Stack>
  );
}
