import shared from "~/app/messages.en.json";
import account from "~/console/account/messages.en.json";
import accounts from "~/console/accounts/messages.en.json";
import alerts from "~/console/alerts/messages.en.json";
import demo from "~/console/demo/messages.en.json";
import face from "~/console/face/messages.en.json";
import mail from "~/console/mail/messages.en.json";
import frame from "~/console/messages.en.json";
import notifications from "~/console/notifications/messages.en.json";
import consolePeople from "~/console/people/messages.en.json";
import portfolio from "~/console/portfolio/messages.en.json";
import programs from "~/console/programs/messages.en.json";
import renewals from "~/console/renewals/messages.en.json";
import search from "~/console/search/messages.en.json";
import segments from "~/console/segments/messages.en.json";
import consoleSettings from "~/console/settings/messages.en.json";
import setup from "~/console/setup/messages.en.json";
import system from "~/console/system/messages.en.json";
import tasks from "~/console/tasks/messages.en.json";
import today from "~/console/today/messages.en.json";
import inbox from "~/inbox/messages.en.json";
import people from "~/people/messages.en.json";
import settings from "~/settings/messages.en.json";

/** The catalogues of the console, one a feature. */
export const messages = {
  shared,
  inbox,
  people,
  settings,
  console: frame,
  consoleAccount: account,
  consoleAccounts: accounts,
  consoleAlerts: alerts,
  consoleDemo: demo,
  consoleFace: face,
  consoleMail: mail,
  consoleNotifications: notifications,
  consolePeople,
  consolePortfolio: portfolio,
  consolePrograms: programs,
  consoleRenewals: renewals,
  consoleSearch: search,
  consoleSegments: segments,
  consoleSettings,
  consoleSetup: setup,
  consoleSystem: system,
  consoleTasks: tasks,
  consoleToday: today,
};
