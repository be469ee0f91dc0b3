import { Anchor, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { Link } from "wouter";
import { useFormatter } from "~/app/format";
import classes from "~/console/portfolio/Bars.module.css";
import type { Tone } from "~/console/Mark";

export type Bar = {
  key: string;
  label: ReactNode;
  count: number;
  /** Where the count leads: the list with so many accounts. */
  to: string;
  /** How many of them are at risk, and where those are. */
  risk?: { count: number; to: string; label: string };
  tone?: Tone;
  aside?: ReactNode;
};

/** Counts as bars beside each other. Every count is a link; the bars only show their sizes. */
export function Bars({ bars, label }: { bars: Bar[]; label: string }) {
  const format = useFormatter();
  const most = Math.max(1, ...bars.map(({ count }) => count));
  const width = (count: number) => ({ inlineSize: `${String((100 * count) / most)}%` });
  return (
    <ul className={classes.bars} aria-label={label}>
      {bars.map(({ key, label: name, count, to, risk, tone, aside }) => (
        <li key={key}>
          <div className={classes.line}>
            <Text size="sm" component="span">
              {name}
            </Text>
            <Text size="sm" component="span" className={classes.figures}>
              {risk !== undefined && risk.count > 0 && (
                <Anchor component={Link} href={risk.to} size="sm" className={classes.atRisk}>
                  {risk.label}
                </Anchor>
              )}
              {aside}
              <Anchor component={Link} href={to} size="sm" fw={650}>
                {format.number(count, "count")}
              </Anchor>
            </Text>
          </div>
          <div className={classes.track} aria-hidden>
            <div className={classes.bar} data-tone={tone} style={width(count)}>
              {risk !== undefined && <div className={classes.risk} style={{ inlineSize: `${String((100 * risk.count) / Math.max(1, count))}%` }} />}
            </div>
          </div>
        </li>
      ))}
    </ul>
  );
}
