import type { Cache, KeyingConfig, UpdatesConfig } from "@urql/exchange-graphcache";

/** What has an id is kept once, under it; what has none is part of the object in which it stands. */
export const keys: KeyingConfig = new Proxy<KeyingConfig>({}, { get: () => (data: { id?: string }) => data.id ?? null });

/** After a change of what lists hold, lists of these names are asked for anew. */
const renew =
  (...lists: string[]) =>
  (_result: unknown, _arguments: unknown, cache: Cache) => {
    for (const { fieldKey, fieldName } of cache.inspectFields("Query")) {
      if (lists.includes(fieldName)) cache.invalidate("Query", fieldKey);
    }
  };

/** After a change of a view, lists of views are asked for anew, and with which the reader's list begins. */
const renewViews = (result: unknown, given: unknown, cache: Cache) => {
  renew("savedViews")(result, given, cache);
  const viewer = cache.resolve("Query", "viewer");
  if (typeof viewer === "string") cache.invalidate(viewer, "defaultView");
};

/** After a change of who belongs to the reader's account, its lists of people are asked for anew. */
const renewPeople = (_result: unknown, _arguments: unknown, cache: Cache) => {
  const viewer = cache.resolve("Query", "viewer");
  const account = typeof viewer === "string" ? cache.resolve(viewer, "account") : null;
  if (typeof account !== "string") return;
  for (const { fieldKey, fieldName } of cache.inspectFields(account)) {
    if (fieldName === "members") cache.invalidate(account, fieldKey);
  }
};

/** After a change of a task, lists of tasks are asked for anew: those of the page, and those of accounts that were looked at. */
const renewTasks = (result: unknown, given: unknown, cache: Cache) => {
  renew("tasks", "myTasks")(result, given, cache);
  for (const { fieldKey, fieldName } of cache.inspectFields("Query")) {
    const account = fieldName === "account" ? cache.resolve("Query", fieldKey) : null;
    const internal = typeof account === "string" ? cache.resolve(account, "internal") : null;
    if (typeof internal !== "string") continue;
    for (const { fieldKey: list, fieldName: name } of cache.inspectFields(internal)) {
      if (name === "tasks") cache.invalidate(internal, list);
    }
  }
};

export const updates: UpdatesConfig = {
  Mutation: {
    createTask: renewTasks,
    updateTask: renewTasks,
    completeTask: renewTasks,
    cancelTask: renewTasks,
    reopenTask: renewTasks,
    acknowledgeAlert: renew("alerts", "alertGroups"),
    judgeAlert: renew("alertRules"),
    resolveAlert: renew("alerts", "alertGroups", "alertRules"),
    snoozeAlert: renew("alerts", "alertGroups", "alertRules"),
    reopenAlert: renew("alerts", "alertGroups", "alertRules"),
    replayRejects: renew("system"),
    rerunWorkItem: renew("system"),
    resumeWebhookEndpoint: renew("system"),
    replayDelivery: renew("system"),
    updateAccounts: renew("accounts", "portfolio"),
    inviteMember: renewPeople,
    removeMember: renewPeople,
    createSavedView: renewViews,
    updateSavedView: renewViews,
    deleteSavedView: renewViews,
    restoreSavedView: renewViews,
    setDefaultView: renewViews,
    createApiKey: renew("system"),
    createWriteKey: renew("system", "sources"),
    createWebhookEndpoint: renew("system"),
    testWebhookEndpoint: renew("system"),
    createApplication: renew("system"),
    removeApplication: renew("system"),
    addStaff: renew("staff"),
    assignInboundMail: renew("inboundMails"),
    dismissInboundMail: renew("inboundMails"),
  },
  Subscription: {
    alertChanged: renew("alerts", "alertGroups", "alertRules"),
    taskChanged: renewTasks,
  },
};
