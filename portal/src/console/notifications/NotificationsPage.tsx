import { IconAlertTriangle, IconBell, IconChecklist, IconCircleCheck, IconRotate2, type Icon } from "@tabler/icons-react";
import { useTranslations } from "use-intl";
import { InboxQuery } from "~/console/notifications/operations";
import { InboxPage } from "~/inbox/InboxPage";

type Picture = { icon: Icon; color: string };

const PICTURES: Record<string, Picture> = {
  URGENT_ALERT: { icon: IconAlertTriangle, color: "red" },
  ALERT: { icon: IconBell, color: "orange" },
  ALERT_REOPENED: { icon: IconRotate2, color: "orange" },
  ALERT_RESOLVED: { icon: IconCircleCheck, color: "teal" },
  TASK_ASSIGNED: { icon: IconChecklist, color: "blue" },
};
/** For what a later release tells of. */
const UNKNOWN: Picture = { icon: IconBell, color: "gray" };

/** What somebody of the staff was told: alerts by their account, tasks in their list. */
export function NotificationsPage() {
  const t = useTranslations("consoleNotifications");
  return (
    <InboxPage
      query={InboxQuery}
      lookOf={({ matter, account, alert, task }) => ({
        ...(PICTURES[matter] ?? UNKNOWN),
        to: task !== null ? "/tasks" : account === null ? undefined : `/accounts/${account.id}`,
        more: alert?.sentence,
      })}
      nothing={t("nothingText")}
    />
  );
}
