import { IconActivity, IconBellCog, IconCreditCard, IconDevices, IconHeartbeat, IconHome, IconShieldLock, IconUser, IconUsers, type Icon } from "@tabler/icons-react";
import type { CustomerFrameData } from "~/customer/frame/fragment";

type Viewer = NonNullable<CustomerFrameData["viewer"]>;
type Label = "home" | "health" | "usage" | "people" | "plan" | "planShort" | "profile" | "preferences" | "devices" | "privacy";

/**
 * `short`: its word where there is little room. `isFor`: whom it has something to show; what is not for somebody is not
 * shown to them.
 */
export type Place = { to: string; label: Label; short: Label; icon: Icon; isFor?: (viewer: Viewer) => boolean };

const may = (permission: string) => (viewer: Viewer) => viewer.permissions.includes(permission);

/** The places in use, in the order of the rail. What later work adds comes in its order. */
const PLACES: Place[] = [
  { to: "/", label: "home", short: "home", icon: IconHome },
  { to: "/insights/health", label: "health", short: "health", icon: IconHeartbeat, isFor: ({ account }) => account?.tier?.healthVisibility !== "HIDDEN" },
  { to: "/insights/usage", label: "usage", short: "usage", icon: IconActivity },
  { to: "/people", label: "people", short: "people", icon: IconUsers, isFor: may("people:read") },
  { to: "/plan-and-billing", label: "plan", short: "planShort", icon: IconCreditCard, isFor: may("billing:read") },
];

/** What concerns the reader alone; staff who view as them do not see it. */
const OWN: Place[] = [
  { to: "/settings/profile", label: "profile", short: "profile", icon: IconUser },
  { to: "/settings/notifications", label: "preferences", short: "preferences", icon: IconBellCog, isFor: may("profile:write") },
  { to: "/settings/devices", label: "devices", short: "devices", icon: IconDevices, isFor: may("profile:write") },
  { to: "/settings/privacy", label: "privacy", short: "privacy", icon: IconShieldLock },
];

const shownTo = (places: Place[], viewer: Viewer | null | undefined) =>
  viewer === null || viewer === undefined
    ? places.filter(({ isFor }) => isFor === undefined)
    : places.filter(({ isFor }) => isFor === undefined || isFor(viewer));

export const placesOf = (viewer: Viewer | null | undefined) => shownTo(PLACES, viewer);
export const ownPlacesOf = (viewer: Viewer | null | undefined) => shownTo(OWN, viewer);

/** Whether an address belongs to a place. */
export const isAt = (pathname: string, to: string) => (to === "/" ? pathname === "/" : pathname === to || pathname.startsWith(`${to}/`));
