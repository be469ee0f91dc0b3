import { useState } from "react";
import { post, type SignedIn } from "~/api/session";
import { ChooseAccount, type Choice } from "~/sign-in/ChooseAccount";
import { Credentials } from "~/sign-in/Credentials";
import { SecondFactor } from "~/sign-in/SecondFactor";
import { AuthRefusal } from "~/api/session";

type Step =
  | { name: "credentials" }
  | { name: "account"; accounts: Choice[]; email: string; password: string }
  | { name: "factor"; challenge: string };

type Props = { onSignedIn: (who: SignedIn) => void };

/** Signing in, in as many steps as it takes: password or link; which account; the code of a second factor. */
export function SignIn({ onSignedIn }: Props) {
  const [step, setStep] = useState<Step>({ name: "credentials" });

  /** Post, and go on to the step that the answer asks for. Rejects with what else is refused. */
  const attempt = async (path: string, body: Record<string, unknown>) => {
    try {
      onSignedIn(await post<SignedIn>(path, body));
    } catch (error) {
      if (!(error instanceof AuthRefusal)) throw error;
      if (error.code === "ACCOUNT_REQUIRED") {
        const accounts = error.extensions["accounts"] as Choice[];
        setStep({ name: "account", accounts, email: String(body["email"]), password: String(body["password"]) });
      } else if (error.code === "SECOND_FACTOR_REQUIRED") {
        setStep({ name: "factor", challenge: String(error.extensions["challenge"]) });
      } else throw error;
    }
  };

  if (step.name === "account") {
    const { email, password, accounts } = step;
    return (
      <ChooseAccount
        accounts={accounts}
        onChoose={(accountId) => attempt("sign-in", { email, password, accountId })}
        onBack={() => setStep({ name: "credentials" })}
      />
    );
  }
  if (step.name === "factor") {
    const { challenge } = step;
    return (
      <SecondFactor
        onCode={(code) => attempt("second-factor", { challenge, code })}
        onBack={() => setStep({ name: "credentials" })}
      />
    );
  }
  return <Credentials onPassword={(email, password) => attempt("sign-in", { email, password })} />;
}
