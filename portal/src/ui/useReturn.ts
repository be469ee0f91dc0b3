import { useEffect, useEffectEvent } from "react";

/** Do something each time the reader comes back to the tab, or to its window from another beside it. */
export function useReturn(act: () => void) {
  const latest = useEffectEvent(act);
  useEffect(() => {
    let isAway = false;
    const leave = () => {
      isAway = true;
    };
    // A tab that is shown again has the focus too: that is one return.
    const look = () => {
      if (document.visibilityState !== "visible") leave();
      else if (isAway) {
        isAway = false;
        latest();
      }
    };
    document.addEventListener("visibilitychange", look);
    window.addEventListener("blur", leave);
    window.addEventListener("focus", look);
    return () => {
      document.removeEventListener("visibilitychange", look);
      window.removeEventListener("blur", leave);
      window.removeEventListener("focus", look);
    };
  }, []);
}
