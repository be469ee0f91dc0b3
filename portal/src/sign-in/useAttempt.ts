import { useState } from "react";
import { useTranslations } from "use-intl";
import { AuthRefusal } from "~/api/session";

const WORDED = ["UNAUTHENTICATED", "WRONG_CODE", "THROTTLED", "SECOND_FACTOR_UNREADABLE", "BAD_USER_INPUT"] as const;

/** Try something that /auth may refuse: whether it runs, and the refusal in the reader's words. */
export function useAttempt() {
  const t = useTranslations("shared.signIn.codes");
  const [isRunning, setRunning] = useState(false);
  const [refusal, setRefusal] = useState<string>();

  const run = async (attempt: () => Promise<unknown>) => {
    setRunning(true);
    setRefusal(undefined);
    try {
      await attempt();
    } catch (error) {
      const code = error instanceof AuthRefusal ? error.code : "UNREACHABLE";
      const worded = WORDED.find((each) => each === code);
      if (worded !== undefined) setRefusal(t(worded));
      else setRefusal(error instanceof AuthRefusal && code !== "UNAVAILABLE" ? error.message : t("UNREACHABLE"));
    } finally {
      setRunning(false);
    }
  };
  return { run, isRunning, refusal };
}
