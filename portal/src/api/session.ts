import { view } from "~/api/view";

/** Who a session is for, as /auth answers. */
export type SignedIn = { kind: "MEMBER" | "STAFF"; accountId: string | null; personId: string };

/** An answer of /auth that refuses. `code` is worded by the catalogue `auth.codes`. */
export class AuthRefusal extends Error {
  readonly code: string;
  readonly extensions: Record<string, unknown>;

  constructor(message: string, extensions: Record<string, unknown>) {
    super(message);
    this.code = String(extensions["code"] ?? "UNKNOWN");
    this.extensions = extensions;
  }
}

/**
 * Whether somebody is signed in here. The cookie is out of reach of scripts, so that only the API's answers tell:
 * `needed` stands from the answer that nobody is signed in until somebody has signed in again.
 */
export type SessionState = "unknown" | "in" | "needed";

const LONGEST_MS = 15_000;

/** Where the first page of a face is. */
export const homeOf = (kind: SignedIn["kind"]) => (kind === "STAFF" ? "/console" : "/");

/** What the server saw when it made this page: a session, none, or one to renew. One that the browser kept may be older. */
const seen = () => {
  const [visit] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  if (visit?.type === "back_forward") return "unknown";
  return document.querySelector<HTMLMetaElement>("meta[name=signed-in]")?.content ?? "unknown";
};

let state: SessionState = "unknown";
let wasIn = false;
/** Whose data this page holds. */
let who: SignedIn | undefined;
let refreshing: Promise<SignedIn | undefined> | undefined;
let early: Promise<unknown> | undefined;
const listeners = new Set<() => void>();
const waiting: (() => void)[] = [];

const move = (to: SessionState) => {
  state = to;
  if (to === "in") wasIn = true;
  for (const listener of listeners) listener();
};

/** Hear of each change; the answer ends that. */
export const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export const sessionState = () => state;

/** Whether somebody was signed in on this page before: then what is on the screen stays there. */
export const wasSignedIn = () => wasIn;

/** Ask for the sign-in before anything else where nobody is signed in, so that nothing is asked for in vain. */
export const arrive = () => {
  if (state === "unknown" && seen() === "no") move("needed");
};

/** Whether somebody has to sign in before anything is asked. */
export const isSignInNeeded = () => state === "needed";

/** Post to /auth. Rejects with AuthRefusal, or with what `fetch` rejects with when the API cannot be reached. */
export async function post<Answer>(path: string, body: Record<string, unknown>): Promise<Answer> {
  const response = await fetch(`/auth/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ cookie: true, ...body }),
    signal: AbortSignal.timeout(LONGEST_MS),
  });
  const answer = (await response.json().catch(() => ({}))) as {
    errors?: { message: string; extensions?: Record<string, unknown> }[];
  };
  const error = answer.errors?.[0];
  if (error !== undefined || !response.ok) {
    throw new AuthRefusal(error?.message ?? response.statusText, error?.extensions ?? { code: "UNAVAILABLE" });
  }
  return answer as Answer;
}

const enter = () => {
  move("in");
  for (const resolve of waiting.splice(0)) resolve();
};

/** Forget what pages keep in this browser for whoever is signed in, under names that begin so. */
const forget = () => {
  try {
    for (const name of Object.keys(localStorage)) if (name.startsWith("waymark.")) localStorage.removeItem(name);
  } catch {
    // a browser that keeps nothing
  }
};

/** Leave the page where the session is another person's now, or for another account: nothing of the former one's stays. */
const hasLeft = (now: SignedIn) => {
  const isSame = who === undefined || (now.kind === who.kind && now.accountId === who.accountId && now.personId === who.personId);
  if (isSame) return false;
  forget();
  window.location.assign(homeOf(now.kind));
  return true;
};

type Viewer = { kind?: string; personId?: string | null; account?: { id?: string } | null };

/** Whose an answer is; undefined where it does not tell, and for who views as a customer, by a session of their own. */
const whoIs = ({ kind, personId, account }: Viewer): SignedIn | undefined => {
  if (view() !== null || typeof personId !== "string") return undefined;
  if (kind === "STAFF") return { kind, accountId: null, personId };
  return kind === "MEMBER" && account?.id !== undefined ? { kind, accountId: account.id, personId } : undefined;
};

/** Note that the API answered somebody who is signed in, and who that is: in another tab they may have become another. */
export const noteSignedIn = (viewer: Viewer = {}) => {
  const now = whoIs(viewer);
  if (now !== undefined && hasLeft(now)) return;
  who ??= now;
  if (state === "unknown") enter();
};

/**
 * Renew the session; of several calls at once one is sent. Resolves with whose it is, undefined when it is over.
 * Two tabs may do it at once: the API answers the later one with the same tokens for 30 seconds.
 */
export const refresh = (): Promise<SignedIn | undefined> => {
  refreshing ??= post<SignedIn>("refresh", {})
    .then((now) => (hasLeft(now) ? new Promise<never>(() => undefined) : now))
    .catch((error: unknown) => {
      if (error instanceof AuthRefusal && error.code !== "UNAVAILABLE") return undefined;
      throw error;
    })
    .finally(() => {
      refreshing = undefined;
    });
  return refreshing;
};

/** Renew at once, beside the download of the page's parts, what the first request would be refused for. */
export const renewEarly = (): Promise<unknown> => {
  // Where the build reads the operations, there is no page.
  early ??= typeof document !== "undefined" && seen() === "renew" ? refresh().catch(() => undefined) : Promise.resolve();
  return early;
};

/** Show the sign-in, and resolve when somebody has signed in. What waits for it goes on as if nothing had happened. */
export const signInAgain = (): Promise<void> => {
  move("needed");
  return new Promise((resolve) => waiting.push(resolve));
};

/** Resolves as soon as somebody is signed in. */
export const whenSignedIn = (): Promise<void> =>
  state === "in" ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve));

/** Go on after a sign-in by `signedIn`; whoever belongs to the other face of Waymark is led there. */
export const signedIn = (now: SignedIn, here: SignedIn["kind"], then?: string) => {
  if (hasLeft(now)) return;
  // A view as a customer stands on the session of staff.
  if (now.kind !== (view() === null ? here : "STAFF")) {
    window.location.assign(homeOf(now.kind));
    return;
  }
  if (then !== undefined) {
    window.location.assign(then);
    return;
  }
  enter();
};

/** Go on for another account of the same person, from its first page: nothing of the one before stays in memory. */
export const switchAccount = async (accountId: string) => {
  await post("switch", { accountId });
  window.location.assign("/");
};

/** End the session on this device and leave the page, so that nothing of it stays, in memory or kept. */
export const signOut = async () => {
  await post("sign-out", {}).catch((error: unknown) => {
    if (!(error instanceof AuthRefusal)) throw error;
  });
  forget();
  window.location.assign("/sign-in");
};
