import { useSyncExternalStore } from "react";
import { sessionState, subscribe, wasSignedIn } from "~/api/session";

/** The state of the session, and whether somebody was signed in on this page before. */
export const useSession = () => ({ state: useSyncExternalStore(subscribe, sessionState), wasIn: wasSignedIn() });
