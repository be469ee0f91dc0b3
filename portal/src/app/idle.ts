import { useEffect, useState } from "react";
import { whenSignedIn } from "~/api/session";

const LONGEST_MS = 2_000;
/** A page that fails, or that asks nothing, never says that it stands. */
const LONGEST_MS_TO_STAND = 5_000;

let resolveStands = () => {};
const stands = new Promise<void>((resolve) => {
  resolveStands = resolve;
});

/** Say that the page shows what it is about. */
export const noteStands = () => resolveStands();

const after = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/** Resolves when the browser has nothing else to do, which Safari cannot tell. */
const idle = () =>
  "requestIdleCallback" in window
    ? new Promise<void>((resolve) => window.requestIdleCallback(() => resolve(), { timeout: LONGEST_MS }))
    : after(LONGEST_MS);

let turn: Promise<void> | undefined;

/**
 * Resolves once somebody's first page stands and the browser has nothing else to do: the time for what nobody waits for.
 * Who calls later waits for a moment of its own, so that no reader waits for all of it together.
 */
export const atRest = (): Promise<void> => {
  turn = (turn ?? whenSignedIn().then(() => Promise.race([stands, after(LONGEST_MS_TO_STAND)]))).then(idle);
  return turn;
};

/** Whether it is time for parts of the page that nobody waits for. */
export function useIsAtRest() {
  const [isAtRest, setAtRest] = useState(false);
  useEffect(() => void atRest().then(() => setAtRest(true)), []);
  return isAtRest;
}
