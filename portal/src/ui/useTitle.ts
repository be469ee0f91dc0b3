import { useEffect } from "react";

/** Name the tab; "" leaves it its name. */
export function useTitle(name: string) {
  useEffect(() => {
    if (name !== "") document.title = name;
  }, [name]);
}
