/** The face of the customers' side, which the server puts into their page, so that nothing waits for it or moves. */
export type Face = {
  name: string | null;
  /** Such as #2f6fed; null: the portal's own colour. */
  accent: string | null;
  logo: Logo | null;
  isDemo: boolean;
  /** In the console's page alone: the company's name, and the identity providers that its staff may sign in with. */
  organization: string | null;
  providers: { key: string; name: string }[];
};

/** `proportion`: width to height. */
export type Logo = { path: string; proportion: number };

const BARE: Face = { name: null, accent: null, logo: null, isDemo: false, organization: null, providers: [] };

function read(): Face {
  const told = document.querySelector<HTMLMetaElement>("meta[name=portal]")?.content ?? "";
  // Where Vite serves the page nobody has filled it in.
  return told.startsWith("{") ? { ...BARE, ...(JSON.parse(told) as Partial<Face>) } : BARE;
}

export const face = read();
