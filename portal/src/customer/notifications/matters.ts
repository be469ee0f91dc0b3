import { IconBell, IconCreditCard, IconGauge, IconHeartbeat, IconUserPlus, type Icon } from "@tabler/icons-react";

/** Where more of a matter is to be seen, and its picture. Every matter that members are told of stands here. */
export const MATTERS = {
  PAYMENT_FAILED: { to: "/plan-and-billing", icon: IconCreditCard, color: "red" },
  LIMIT_REACHED: { to: "/insights/usage", icon: IconGauge, color: "red" },
  LIMIT_NEAR: { to: "/insights/usage", icon: IconGauge, color: "yellow" },
  STANDING_CHANGED: { to: "/insights/health", icon: IconHeartbeat, color: "teal" },
  TEAMMATE_JOINED: { to: "/people", icon: IconUserPlus, color: "teal" },
} as const satisfies Record<string, { to: string; icon: Icon; color: string }>;

export type OwnMatter = keyof typeof MATTERS;

/** Whether this page knows the matter; one that a later release tells of has neither place nor picture here. */
export const isOwn = (matter: string): matter is OwnMatter => matter in MATTERS;

/** The picture of a matter that this page does not know. */
export const UNKNOWN = { to: undefined, icon: IconBell, color: "gray" } as const;
