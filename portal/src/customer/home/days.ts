import { daysAgo } from "~/ui/days";

/** Between the closing days that are compared: the stretch over which a trend is told, too. */
const DAYS = 28;

/** The closing days that Home compares: yesterday's with that of four weeks before. */
export const homeDays = () => ({ from: daysAgo(DAYS + 1), to: daysAgo(1) });
