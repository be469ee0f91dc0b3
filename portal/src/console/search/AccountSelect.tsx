import { Select } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState, type ReactNode } from "react";
import { useQuery } from "urql";
import { useTranslations } from "use-intl";
import { SearchQuery } from "~/console/search/operations";
import { stillFound } from "~/console/search/stillFound";

const WAITS_MS = 120;

type Props = {
  label: string;
  description?: string;
  value: string | null;
  onChange: (accountId: string | null) => void;
  error?: ReactNode;
};

/** An account, found by some letters of its name. */
export function AccountSelect({ value, onChange, ...rest }: Props) {
  const t = useTranslations("consoleSearch");
  const [typed, setTyped] = useState("");
  const [chosen, setChosen] = useState<{ value: string; label: string }>();
  const [text] = useDebouncedValue(typed.trim(), WAITS_MS);
  const [{ data, fetching }] = useQuery({ query: SearchQuery, variables: { text }, pause: text === "" });

  const all = text === "" ? [] : (data?.search.nodes ?? []);
  const isAnswered = text === typed.trim() && !fetching;
  const found = stillFound(all, ({ title, subtitle }) => [title, subtitle], typed, isAnswered);
  const options = found.flatMap(({ kind, account }) => (kind === "ACCOUNT" && account !== null ? [{ value: account.id, label: account.name }] : []));
  const isMissing = chosen !== undefined && !options.some((option) => option.value === chosen.value);
  return (
    <Select
      {...rest}
      placeholder={t("account")}
      searchable
      clearable
      data={isMissing ? [chosen, ...options] : options}
      filter={({ options: all }) => all}
      value={value}
      onChange={(accountId, option) => {
        setChosen(option ?? undefined);
        onChange(accountId);
      }}
      searchValue={typed}
      onSearchChange={setTyped}
      nothingFoundMessage={isAnswered && text !== "" ? t("none") : undefined}
    />
  );
}
