import { IconAlertTriangle, IconBell, IconChecklist, IconCircleCheck, IconRotate2, type Icon } from "@tabler/icons-react";

/** The pictures of matters. Every matter that staff are told of stands here. */
export const MATTERS = {
  URGENT_ALERT: { icon: IconAlertTriangle, color: "red" },
  ALERT: { icon: IconBell, color: "orange" },
  ALERT_REOPENED: { icon: IconRotate2, color: "orange" },
  ALERT_RESOLVED: { icon: IconCircleCheck, color: "teal" },
  TASK_ASSIGNED: { icon: IconChecklist, color: "blue" },
} as const satisfies Record<string, { icon: Icon; color: string }>;

/** Whether this page knows the matter; one that a later release tells of has no picture here. */
export const isOfStaff = (matter: string): matter is keyof typeof MATTERS => matter in MATTERS;

/** The picture of a matter that this page does not know. */
export const UNKNOWN = { icon: IconBell, color: "gray" } as const;
