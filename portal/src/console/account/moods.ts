/** How staff can feel about an account. */
export const MOODS = ["GREEN", "YELLOW", "RED"] as const;
export type Mood = (typeof MOODS)[number];
