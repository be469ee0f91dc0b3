/** A day as the API writes it, such as 2026-03-01, in the reader's time zone. */
export const dayOf = (moment: Date): string =>
  `${moment.getFullYear()}-${String(moment.getMonth() + 1).padStart(2, "0")}-${String(moment.getDate()).padStart(2, "0")}`;

/** The day so many days before today; today is 0. */
export const daysAgo = (count: number): string => {
  const moment = new Date();
  moment.setDate(moment.getDate() - count);
  return dayOf(moment);
};

/** A day for a formatter: noon, so that no time zone moves it to another. */
export const noonOf = (day: string): Date => new Date(`${day}T12:00:00`);

/** How many days lie between two days. */
export const daysBetween = (from: string, to: string): number =>
  Math.round((noonOf(to).getTime() - noonOf(from).getTime()) / 86_400_000);

/** The day so many days after another. */
export const daysAfter = (day: string, count: number): string => {
  const moment = noonOf(day);
  moment.setDate(moment.getDate() + count);
  return dayOf(moment);
};

/** Every day from one to another, both included. */
export const daysFrom = (from: string, to: string): string[] =>
  Array.from({ length: Math.max(0, daysBetween(from, to) + 1) }, (_, count) => daysAfter(from, count));

/** This minute as a field of day and time has it, such as 2026-03-01T09:30, in the reader's time zone. */
export const thisMinute = (): string => {
  const moment = new Date();
  const parts = [moment.getHours(), moment.getMinutes()].map((part) => String(part).padStart(2, "0"));
  return `${dayOf(moment)}T${parts.join(":")}`;
};
