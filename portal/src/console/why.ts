/** So many of the reasons stand in a row of a list; they come with what moved most first. */
const MOST = 3;

/**
 * Why a score moved, as much of it as a row has room for: "−7.7 since 22 Nov = people −3.1, use −2.0" and how many
 * reasons more there are. The whole sentence is on the account's own page.
 */
export function shortened(sentence: string): { words: string; more: number } {
  const [moved, reasons] = sentence.split(" = ", 2);
  const each = reasons?.split(", ") ?? [];
  if (moved === undefined || each.length <= MOST + 1) return { words: sentence, more: 0 };
  return { words: `${moved} = ${each.slice(0, MOST).join(", ")}`, more: each.length - MOST };
}
