import { TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslations } from "use-intl";

const SEARCH_WAITS_MS = 250;

type Props = { text: string; onSearch: (text: string) => void };

/** What accounts are searched by. What is typed stays as it is, until the address comes to have another text than that. */
export function SearchField({ text, onSearch }: Props) {
  const t = useTranslations("consoleAccounts");
  const [typed, setTyped] = useState(text);
  const [seen, setSeen] = useState(text);
  const search = useDebouncedCallback(() => {
    const wanted = typed.trim();
    if (wanted !== text) onSearch(wanted);
  }, SEARCH_WAITS_MS);

  if (text !== seen) {
    setSeen(text);
    if (text !== typed.trim()) setTyped(text);
  }
  return (
    <TextInput
      type="search"
      size="xs"
      aria-label={t("search")}
      placeholder={t("search")}
      leftSection={<IconSearch size={16} aria-hidden />}
      maxLength={200}
      value={typed}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        search();
      }}
    />
  );
}
