import { useMemo } from "react";
import { useSearchParams } from "wouter";
import { daysAgo } from "~/ui/days";

/** The span of closed days that a page speaks of, by `?days=`. */
export function useSpan<Span extends string>(spans: readonly Span[], usual: Span) {
  const [search, setSearch] = useSearchParams();
  const span = spans.find((each) => each === search.get("days")) ?? usual;
  const days = useMemo(() => ({ from: daysAgo(Number(span)), to: daysAgo(1) }), [span]);
  const choose = (chosen: string) =>
    setSearch((now) => {
      now.set("days", chosen);
      return now;
    });
  return { span, days, choose };
}
