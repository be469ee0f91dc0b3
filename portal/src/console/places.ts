import { IconBell, IconBuilding, IconCalendarRepeat, IconChartBar, IconChecklist, IconServerCog, IconStethoscope, IconSunHigh, type Icon } from "@tabler/icons-react";

/** `needs`: the permission without which there is nothing to see there. */
export type Place = { to: string; label: "today" | "tasks" | "portfolio" | "accounts" | "alerts" | "renewals" | "programs" | "system"; icon: Icon; needs?: string };

/** The places of the console that are in use, in the order of the rail. */
export const PLACES: Place[] = [
  { to: "/", label: "today", icon: IconSunHigh },
  { to: "/tasks", label: "tasks", icon: IconChecklist },
  { to: "/portfolio", label: "portfolio", icon: IconChartBar },
  { to: "/accounts", label: "accounts", icon: IconBuilding },
  { to: "/alerts", label: "alerts", icon: IconBell },
  { to: "/renewals", label: "renewals", icon: IconCalendarRepeat },
  { to: "/programs", label: "programs", icon: IconStethoscope, needs: "program:read" },
  { to: "/system", label: "system", icon: IconServerCog, needs: "system:read" },
];

/** The place that an address belongs to: the one with the longest beginning in common. */
export const placeOf = (pathname: string): Place | undefined =>
  PLACES.filter(({ to }) => (to === "/" ? pathname === "/" : pathname === to || pathname.startsWith(`${to}/`))).toSorted(
    (one, other) => other.to.length - one.to.length,
  )[0];
