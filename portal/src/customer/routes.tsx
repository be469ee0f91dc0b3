import { later, type Pages } from "~/app/Routes";
import { HomePage } from "~/customer/home/HomePage";

/** A page, after the styles that its own go after. */
const page: typeof later = (load, name) =>
  later(() => Promise.all([import("~/customer/moreStyles"), load()]).then(([, module]) => module), name);

/** The pages of the customer's portal. Home comes with the first load, every other page when it is gone to. */
export const pages: Pages = {
  "/": HomePage,
  "/insights/health": page(() => import("~/customer/insights/HealthPage"), "HealthPage"),
  "/insights/usage": page(() => import("~/customer/insights/UsagePage"), "UsagePage"),
  "/plan-and-billing": page(() => import("~/customer/plan/PlanPage"), "PlanPage"),
  "/people": page(() => import("~/customer/people/PeoplePage"), "PeoplePage"),
  "/notifications": page(() => import("~/customer/notifications/NotificationsPage"), "NotificationsPage"),
  "/settings/profile": page(() => import("~/customer/settings/ProfilePage"), "ProfilePage"),
  "/settings/notifications": page(() => import("~/customer/notifications/PreferencesPage"), "PreferencesPage"),
  "/settings/privacy": page(() => import("~/customer/settings/PrivacyPage"), "PrivacyPage"),
  "/settings/devices": page(() => import("~/customer/settings/DevicesPage"), "DevicesPage"),
};
