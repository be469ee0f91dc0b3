import { useLayoutEffect, useRef, type FocusEvent } from "react";

const TAKES_FOCUS = "input:not(:disabled), button:not(:disabled), a[href]";

/**
 * For the element whose children are the entries of a list: what was done to an entry often takes it away, and the focus
 * with it. The entry that moved up to its place gets the focus then, or the page's heading where none is left.
 */
export function useKeptFocus() {
  const at = useRef<{ list: HTMLElement; place: number }>(undefined);
  useLayoutEffect(() => {
    if (at.current === undefined || document.activeElement !== document.body) return;
    const { list, place } = at.current;
    const entries = list.isConnected ? list.children : [];
    const next = entries[Math.min(place, entries.length - 1)]?.querySelector(TAKES_FOCUS) ?? document.querySelector("h1");
    if (next instanceof HTMLElement) next.focus({ preventScroll: true });
  });
  return {
    onFocus: ({ currentTarget: list, target }: FocusEvent<HTMLElement>) => {
      at.current = { list, place: [...list.children].findIndex((entry) => entry.contains(target)) };
    },
    onBlur: ({ target }: FocusEvent<HTMLElement>) => {
      // Left by the reader; what is gone, or stopped while it is done, is left by nobody.
      if (target.isConnected && !target.matches(":disabled")) at.current = undefined;
    },
  };
}
