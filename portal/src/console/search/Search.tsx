import { Button, Kbd } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { Spotlight, createSpotlight, useSpotlight } from "@mantine/spotlight";
import { IconBuilding, IconSearch, IconUser } from "@tabler/icons-react";
import { useLayoutEffect, useRef, useState } from "react";
import { useQuery } from "urql";
import { useTranslations } from "use-intl";
import { useLocation } from "wouter";
import { SearchQuery } from "~/console/search/operations";
import { usePages } from "~/console/search/pages";
import { stillFound } from "~/console/search/stillFound";

const WAITS_MS = 120;
const [store, spotlight] = createSpotlight();
const HITS = { ACCOUNT: { icon: IconBuilding, page: "overview" }, PERSON: { icon: IconUser, page: "people" } } as const;

/** Accounts, people and pages by a few letters, from everywhere by Ctrl K or ⌘ K. */
export function Search() {
  const t = useTranslations("consoleSearch");
  const all = usePages();
  const [, go] = useLocation();
  const field = useRef<HTMLInputElement>(null);
  const { opened } = useSpotlight(store);
  const [typed, setTyped] = useState("");
  const [text] = useDebouncedValue(typed.trim(), WAITS_MS);
  const [{ data, fetching, error }] = useQuery({ query: SearchQuery, variables: { text }, pause: text === "" });

  const wanted = typed.trim().toLowerCase();
  const found = text === "" ? [] : (data?.search.nodes ?? []);
  const isAnswered = text === typed.trim() && !fetching;
  const hits = stillFound(found, ({ title, subtitle }) => [title, subtitle], typed, isAnswered);
  // Before a letter is typed there are the places alone.
  const pages = all.filter(({ title, within }) => title.toLowerCase().includes(wanted) && (within === undefined || wanted !== ""));
  const shown = [...pages.map(({ to }) => to), ...hits.map(({ account, person }) => `${account?.id ?? ""} ${person?.id ?? ""}`)].join();
  useLayoutEffect(() => {
    // What is found arrives after Spotlight marked its first entry; Enter has to lead to the first of what is shown now,
    // at every moment.
    const [first, ...others] = document.querySelectorAll("[data-action]");
    for (const each of others) each.removeAttribute("data-selected");
    first?.setAttribute("data-selected", "true");
    store.updateState((now) => ({ ...now, selected: first === undefined ? -1 : 0 }));
  }, [shown, opened]);
  const group = (kind: keyof typeof HITS, label: string) => {
    const { icon: Picture, page } = HITS[kind];
    const ofKind = hits.filter((hit) => hit.kind === kind && hit.account !== null);
    if (ofKind.length === 0) return null;
    return (
      <Spotlight.ActionsGroup label={label}>
        {ofKind.map(({ title, subtitle, account, person }) => (
          <Spotlight.Action
            key={`${account?.id ?? ""} ${person?.id ?? ""}`}
            label={title}
            description={subtitle ?? undefined}
            leftSection={<Picture size={20} stroke={1.6} aria-hidden />}
            onClick={() => go(`/accounts/${account?.id ?? ""}/${page}`)}
          />
        ))}
      </Spotlight.ActionsGroup>
    );
  };
  const accounts = group("ACCOUNT", t("accounts"));
  const people = group("PERSON", t("people"));
  const isEmpty = pages.length === 0 && accounts === null && people === null;

  return (
    <>
      <Button
        variant="default"
        size="compact-md"
        fz="sm"
        leftSection={<IconSearch size={16} aria-hidden />}
        rightSection={<Kbd size="xs">⌘K</Kbd>}
        aria-keyshortcuts="Control+K Meta+K"
        visibleFrom="sm"
        onClick={spotlight.open}
      >
        {t("label")}
      </Button>
      <Button variant="subtle" size="compact-md" px={6} aria-label={t("label")} hiddenFrom="sm" onClick={spotlight.open}>
        <IconSearch size={18} aria-hidden />
      </Button>
      <Spotlight.Root
        store={store}
        query={typed}
        onQueryChange={setTyped}
        shortcut={["mod + K"]}
        tagsToIgnore={[]}
        scrollable
        maxHeight={420}
        // Letters typed right after the shortcut are kept: the field is there, and focused, before the next key arrives.
        transitionProps={{ duration: 0 }}
        onSpotlightOpen={() => field.current?.focus()}
      >
        <Spotlight.Search
          ref={field}
          placeholder={t("placeholder")}
          aria-label={t("placeholder")}
          maxLength={200}
          leftSection={<IconSearch size={18} aria-hidden />}
        />
        <Spotlight.ActionsList>
          {pages.length > 0 && (
            <Spotlight.ActionsGroup label={t("pages")}>
              {pages.map(({ to, title, within, icon: Picture }) => (
                <Spotlight.Action
                  key={to}
                  label={title}
                  description={within}
                  leftSection={<Picture size={20} stroke={1.6} aria-hidden />}
                  onClick={() => go(to)}
                />
              ))}
            </Spotlight.ActionsGroup>
          )}
          {accounts}
          {people}
          {isEmpty && isAnswered && <Spotlight.Empty>{t(error === undefined ? "none" : "failed")}</Spotlight.Empty>}
        </Spotlight.ActionsList>
      </Spotlight.Root>
    </>
  );
}
