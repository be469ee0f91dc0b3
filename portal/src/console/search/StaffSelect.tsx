import { Select } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState, type ReactNode } from "react";
import { useQuery } from "urql";
import { useTranslations } from "use-intl";
import { StaffSearchQuery } from "~/console/search/operations";
import { stillFound } from "~/console/search/stillFound";

export type StaffChoice = { id: string; displayName: string };

const SEARCH_WAITS_MS = 120;

type Props = { label: string; value: StaffChoice | null; onChange: (person: StaffChoice | null) => void; error?: ReactNode };

/** Somebody of the staff, found by some letters of their name; or nobody. The first few stand there before a letter is typed. */
export function StaffSelect({ value, onChange, ...rest }: Props) {
  const t = useTranslations("consoleSearch");
  const [typed, setTyped] = useState(value?.displayName ?? "");
  const isSearch = typed !== (value?.displayName ?? "");
  const wanted = isSearch ? typed.trim() : "";
  const [text] = useDebouncedValue(wanted, SEARCH_WAITS_MS);
  const [{ data, fetching }] = useQuery({ query: StaffSearchQuery, variables: { text } });

  const isAnswered = text === wanted && !fetching;
  const found = stillFound(data?.staff.nodes ?? [], ({ displayName }) => [displayName], wanted, isAnswered);
  const people = value !== null && !found.some(({ id }) => id === value.id) ? [value, ...found] : found;
  return (
    <Select
      {...rest}
      placeholder={t("person")}
      searchable
      clearable
      data={people.map(({ id, displayName }) => ({ value: id, label: displayName }))}
      filter={({ options }) => options}
      value={value?.id ?? null}
      onChange={(chosen) => onChange(people.find(({ id }) => id === chosen) ?? null)}
      searchValue={typed}
      onSearchChange={setTyped}
      nothingFoundMessage={isAnswered ? t("none") : undefined}
    />
  );
}
