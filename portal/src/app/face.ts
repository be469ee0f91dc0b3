/** The face of the customers' side, which the server puts into their page, so that nothing waits for it or moves. */
export type Face = {
  name: string | null;
  /** Such as #2f6fed; null: the portal's own colour. */
  accent: string | null;
  logo: Logo | null;
  isDemo: boolean;
};

/** `proportion`: width to height. */
export type Logo = { path: string; proportion: number };

const BARE: Face = { name: null, accent: null, logo: null, isDemo: false };

function read(): Face {
  const told = document.querySelector<HTMLMetaElement>("meta[name=portal]")?.content ?? "";
  // The console's page has none, and where Vite serves the page nobody has filled it in.
  return told.startsWith("{") ? (JSON.parse(told) as Face) : BARE;
}

export const face = read();
