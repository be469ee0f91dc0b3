import { IconAddressBook, IconBell, IconBookmark, IconBuilding, IconCalendarRepeat, IconChartBar, IconChecklist, IconServerCog, IconStethoscope, IconSunHigh, type Icon } from "@tabler/icons-react";

type Label = "today" | "tasks" | "portfolio" | "accounts" | "segments" | "people" | "alerts" | "renewals" | "programs" | "system";
/** `needs`: the permission without which there is nothing to see there. `pages`: what belongs to it under an address of its own. */
export type Place = { to: string; label: Label; icon: Icon; needs?: string; pages?: Place[] };

/** The places of the console that are in use, in the order of the rail. */
export const PLACES: Place[] = [
  { to: "/", label: "today", icon: IconSunHigh },
  { to: "/tasks", label: "tasks", icon: IconChecklist },
  { to: "/portfolio", label: "portfolio", icon: IconChartBar },
  {
    to: "/accounts",
    label: "accounts",
    icon: IconBuilding,
    pages: [
      { to: "/segments", label: "segments", icon: IconBookmark },
      { to: "/people", label: "people", icon: IconAddressBook },
    ],
  },
  { to: "/alerts", label: "alerts", icon: IconBell },
  { to: "/renewals", label: "renewals", icon: IconCalendarRepeat },
  { to: "/programs", label: "programs", icon: IconStethoscope, needs: "program:read" },
  { to: "/system", label: "system", icon: IconServerCog, needs: "system:read" },
];

/** The tabs of two places, each the last part of its page's address and a name of its place's catalogue. */
export const PROGRAMS_TABS = ["health", "versions"] as const;
export const SYSTEM_TABS = ["setup", "sources", "ingestion", "mail", "work", "webhooks", "audit", "access", "applications", "portal"] as const;

const holds = ({ to, pages = [] }: Place, pathname: string): boolean =>
  (to === "/" ? pathname === "/" : pathname === to || pathname.startsWith(`${to}/`)) || pages.some((page) => holds(page, pathname));

/** The place that an address belongs to: the one with the longest beginning in common. */
export const placeOf = (pathname: string): Place | undefined =>
  PLACES.filter((place) => holds(place, pathname)).toSorted((one, other) => other.to.length - one.to.length)[0];
