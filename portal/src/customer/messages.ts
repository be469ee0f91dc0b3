import shared from "~/app/messages.en.json";
import frame from "~/customer/messages.en.json";
import home from "~/customer/home/messages.en.json";
import insights from "~/customer/insights/messages.en.json";
import notifications from "~/customer/notifications/messages.en.json";
import customerPeople from "~/customer/people/messages.en.json";
import plan from "~/customer/plan/messages.en.json";
import customerSettings from "~/customer/settings/messages.en.json";
import inbox from "~/inbox/messages.en.json";
import people from "~/people/messages.en.json";
import settings from "~/settings/messages.en.json";

/** The catalogues of the customer's face, one a feature. */
export const messages = {
  shared,
  inbox,
  people,
  settings,
  customer: frame,
  customerHome: home,
  customerInsights: insights,
  customerNotifications: notifications,
  customerPeople,
  customerPlan: plan,
  customerSettings,
};
