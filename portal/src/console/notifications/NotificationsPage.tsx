import { useTranslations } from "use-intl";
import { MATTERS, UNKNOWN, isOfStaff } from "~/console/notifications/matters";
import { InboxQuery } from "~/console/notifications/operations";
import { InboxPage } from "~/inbox/InboxPage";

/** What somebody of the staff was told: alerts by their account, tasks in their list. */
export function NotificationsPage() {
  const t = useTranslations("consoleNotifications");
  return (
    <InboxPage
      query={InboxQuery}
      lookOf={({ matter, account, alert, task }) => ({
        ...(isOfStaff(matter) ? MATTERS[matter] : UNKNOWN),
        to: task !== null ? "/tasks" : account === null ? undefined : `/accounts/${account.id}`,
        more: alert?.sentence,
      })}
      nothing={t("nothingText")}
      preferences="/notifications/preferences"
    />
  );
}
