import { later, type Pages } from "~/app/Routes";
import { TodayPage } from "~/console/today/TodayPage";

/** The pages of the console. Today comes with the first load, every other page when it is gone to (`later`). */
export const pages: Pages = {
  "/": TodayPage,
  "/accounts": later(() => import("~/console/accounts/AccountsPage"), "AccountsPage"),
  "/alerts": later(() => import("~/console/alerts/AlertsPage"), "AlertsPage"),
  "/tasks": later(() => import("~/console/tasks/TasksPage"), "TasksPage"),
  "/notifications": later(() => import("~/console/notifications/NotificationsPage"), "NotificationsPage"),
  "/portfolio": later(() => import("~/console/portfolio/PortfolioPage"), "PortfolioPage"),
  "/renewals": later(() => import("~/console/renewals/RenewalsPage"), "RenewalsPage"),
  "/accounts/:id": later(() => import("~/console/account/OverviewPage"), "OverviewPage"),
  "/accounts/:id/overview": later(() => import("~/console/account/OverviewPage"), "OverviewPage"),
  "/accounts/:id/health": later(() => import("~/console/account/HealthPage"), "HealthPage"),
  "/accounts/:id/timeline": later(() => import("~/console/account/TimelinePage"), "TimelinePage"),
  "/accounts/:id/people": later(() => import("~/console/account/PeoplePage"), "PeoplePage"),
  "/accounts/:id/usage": later(() => import("~/console/account/UsagePage"), "UsagePage"),
  "/accounts/:id/billing": later(() => import("~/console/account/BillingPage"), "BillingPage"),
  "/programs": later(() => import("~/console/programs/HealthModelPage"), "HealthModelPage"),
  "/programs/versions": later(() => import("~/console/programs/VersionsPage"), "VersionsPage"),
  "/programs/health": later(() => import("~/console/programs/HealthModelPage"), "HealthModelPage"),
  "/system": later(() => import("~/console/system/WorkPage"), "WorkPage"),
  "/system/setup": later(() => import("~/console/setup/SetupPage"), "SetupPage"),
  "/system/sources": later(() => import("~/console/system/SourcesPage"), "SourcesPage"),
  "/system/mail": later(() => import("~/console/mail/MailPage"), "MailPage"),
  "/system/portal": later(() => import("~/console/face/PortalPage"), "PortalPage"),
  "/system/work": later(() => import("~/console/system/WorkPage"), "WorkPage"),
  "/system/ingestion": later(() => import("~/console/system/IngestionPage"), "IngestionPage"),
  "/system/webhooks": later(() => import("~/console/system/WebhooksPage"), "WebhooksPage"),
  "/system/audit": later(() => import("~/console/system/AuditPage"), "AuditPage"),
  "/system/access": later(() => import("~/console/system/AccessPage"), "AccessPage"),
  "/system/applications": later(() => import("~/console/system/ApplicationsPage"), "ApplicationsPage"),
};
