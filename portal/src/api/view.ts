/**
 * Viewing as a customer: staff open `/#view=TOKEN` in a tab of its own, with the token that `viewAsCustomer` gave them.
 * The tab keeps it, sends it beside the staff's own cookie, and renews it; no other tab knows of it.
 */
const KEPT_AS = "waymark-view";
const RENEWED_EVERY_MS = 10 * 60_000;
const LONGEST_MS = 15_000;

/** The token of the view that this tab shows; null where somebody sees their own. */
export const view = () => sessionStorage.getItem(KEPT_AS);

/** What requests carry of it. */
export const viewHeaders = (): Record<string, string> => {
  const token = view();
  return token === null ? {} : { "Waymark-View": token };
};

/** End the view. The tab goes back to the console, unless it was opened by it and can close. */
export const closeView = () => {
  sessionStorage.removeItem(KEPT_AS);
  window.close();
  window.location.assign("/console");
};

const renew = async () => {
  const token = view();
  if (token === null) return;
  const response = await fetch("/auth/view/renew", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token }),
    signal: AbortSignal.timeout(LONGEST_MS),
  });
  if (response.ok) sessionStorage.setItem(KEPT_AS, ((await response.json()) as { token: string }).token);
};

/** Take the token that the address brings, and keep the view open as long as the tab is. Before the first request. */
export const beginView = () => {
  const given = new URLSearchParams(window.location.hash.slice(1)).get("view");
  if (given !== null) {
    sessionStorage.setItem(KEPT_AS, given);
    // A token has no place in an address that is copied or kept in the history.
    window.history.replaceState(window.history.state, "", window.location.pathname + window.location.search);
  }
  // A renewal that fails for want of a connection is tried again with the next; one that is refused shows with the next query.
  if (view() !== null) window.setInterval(() => void renew().catch(() => undefined), RENEWED_EVERY_MS);
};
