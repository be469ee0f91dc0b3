import { TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useState } from "react";

const SEARCH_WAITS_MS = 250;

type Props = { label: string; text: string; onSearch: (text: string) => void };

/** What a list is searched by. What is typed stays as it is, until the address comes to have another text than that. */
export function SearchField({ label, text, onSearch }: Props) {
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
      aria-label={label}
      placeholder={label}
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
