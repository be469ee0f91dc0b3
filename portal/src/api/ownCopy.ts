import { AuthRefusal, refresh } from "~/api/session";

/** A copy is read from every table; it comes in pieces all the while. */
const LONGEST_MS = 120_000;

const ask = async (currentPassword: string | null): Promise<Blob> => {
  const response = await fetch("/auth/own-copy", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ currentPassword }),
    signal: AbortSignal.timeout(LONGEST_MS),
  });
  if (response.ok) return await response.blob();
  const answer = (await response.json().catch(() => ({}))) as {
    errors?: { message: string; extensions?: Record<string, unknown> }[];
  };
  const error = answer.errors?.[0];
  throw new AuthRefusal(error?.message ?? response.statusText, error?.extensions ?? { code: "UNAVAILABLE" });
};

/** What is held about the reader, as a file. Rejects with AuthRefusal, or with what `fetch` rejects with. */
export const ownCopy = async (currentPassword: string | null): Promise<Blob> => {
  try {
    return await ask(currentPassword);
  } catch (error) {
    if (!(error instanceof AuthRefusal) || error.code !== "UNAUTHENTICATED" || !(await refresh())) throw error;
    return await ask(currentPassword);
  }
};
