import type { Icon } from "@tabler/icons-react";
import { useTranslations } from "use-intl";
import { addressOf } from "~/console/accounts/address";
import { GIVEN } from "~/console/accounts/view";
import { PLACES, PROGRAMS_TABS, SYSTEM_TABS, type Place } from "~/console/places";
import { useMay } from "~/console/useMay";

/** `within`: the name of the place that a page is below of. */
export type Found = { to: string; title: string; icon: Icon; within?: string };

/** The pages that the reader may see and that have no account of their own: the places, then what is below them. */
export function usePages(): Found[] {
  const places = useTranslations("console");
  const views = useTranslations("consoleAccounts.views");
  const programs = useTranslations("consolePrograms.tabs");
  const system = useTranslations("consoleSystem.tabs");
  const may = useMay();

  const seen = PLACES.filter(({ needs }) => needs === undefined || may(needs));
  const below = (label: Place["label"], pages: { to: string; title: string }[]): Found[] => {
    const place = seen.find((each) => each.label === label);
    return place === undefined ? [] : pages.map((page) => ({ ...page, icon: place.icon, within: places(label) }));
  };
  return [
    ...seen.map(({ to, label, icon }) => ({ to, icon, title: places(label) })),
    ...seen.flatMap(({ label, pages = [] }) => below(label, pages.map((page) => ({ to: page.to, title: places(page.label) })))),
    ...below("accounts", GIVEN.flatMap(({ label, state }) => (label === "all" ? [] : [{ to: addressOf(state), title: views(label) }]))),
    ...below("programs", PROGRAMS_TABS.flatMap((tab) => (tab === "versions" && !may("system:read") ? [] : [{ to: `/programs/${tab}`, title: programs(tab) }]))),
    ...below("system", SYSTEM_TABS.map((tab) => ({ to: `/system/${tab}`, title: system(tab) }))),
  ];
}
