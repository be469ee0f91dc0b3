import type { ReactNode } from "react";
import classes from "~/console/Mark.module.css";

export type Tone = "GREEN" | "YELLOW" | "RED" | "INSUFFICIENT_DATA" | "SECURE" | "MONITOR" | "AT_RISK" | "CRITICAL" | "INFO" | "WARNING" | "URGENT" | "UNKNOWN";

/** A word with a colour, light enough to stand in every row of a long table. The word says all; the colour is beside it. */
export function Mark({ tone, children }: { tone: Tone; children: ReactNode }) {
  return (
    <span className={classes.mark} data-tone={tone}>
      {children}
    </span>
  );
}
