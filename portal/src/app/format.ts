import { useMemo } from "react";
import { useFormatter as useLibrary } from "use-intl";

/**
 * Dates, numbers and money as people read them; in place of the library's own, whose English writes a minus as a hyphen,
 * while the sentences of the API write it as one.
 */
export function useFormatter() {
  const format = useLibrary();
  return useMemo(
    (): typeof format => ({
      ...format,
      // Each of the library's forms is passed on as it is.
      number: ((...given: [number]) => format.number(...given).replaceAll("-", "\u2212")) as typeof format.number,
    }),
    [format],
  );
}
