import { useTranslations } from "use-intl";
import { isOwn, MATTERS, UNKNOWN } from "~/customer/notifications/matters";
import { NotificationsQuery } from "~/customer/notifications/operations";
import { InboxPage } from "~/inbox/InboxPage";

/** What a member was told, and the way to choose what that is. */
export function NotificationsPage() {
  const t = useTranslations("customerNotifications");
  return (
    <InboxPage
      query={NotificationsQuery}
      lookOf={({ matter }) => (isOwn(matter) ? MATTERS[matter] : UNKNOWN)}
      nothing={t("nothingText")}
      preferences="/settings/notifications"
    />
  );
}
