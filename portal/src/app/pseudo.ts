const LETTERS: Record<string, string> = { a: "á", e: "é", i: "í", o: "ó", u: "ú", A: "Á", E: "É", I: "Í", O: "Ó", U: "Ú" };

/** A text as the build parsed it: words, and between them what is filled in, which comes as an array. */
type Text = string | unknown[];
type Catalogue = { [key: string]: Text | Catalogue };

/** A catalogue in which every text is bracketed and accented; what is filled in and what stands in tags is left alone. */
export function pseudo<Whole extends object>(catalogue: Whole): Whole {
  const changed = Object.entries(catalogue as Catalogue).map(([key, value]) => [key, changedOf(value)]);
  return Object.fromEntries(changed) as Whole;
}

const changedOf = (value: Text | Catalogue) => {
  if (typeof value === "string") return `⟦${accented(value)}⟧`;
  if (!Array.isArray(value)) return pseudo(value);
  return ["⟦", ...value.map((part) => (typeof part === "string" ? accented(part) : part)), "⟧"];
};

const accented = (words: string) => words.replace(/[aeiou]/gi, (letter) => LETTERS[letter] ?? letter);
