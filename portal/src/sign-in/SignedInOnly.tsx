import { lazy, Suspense, useEffect, useState, type ComponentType, type ReactNode } from "react";
import { refresh, signedIn, type SignedIn } from "~/api/session";
import { useSession } from "~/api/useSession";
import { atRest } from "~/app/idle";
import type { SignInPageProps } from "~/sign-in/SignInPage";
import { useOwnFace } from "~/sign-in/useOwnFace";
import { useReturn } from "~/ui/useReturn";

const again = () => import("~/sign-in/SignInAgain");
const SignInAgain = lazy(() => again().then((module) => ({ default: module.SignInAgain })));

type Props = {
  kind: SignedIn["kind"];
  /** What is shown to nobody in particular; each face loads it when it suits its visitors. */
  SignInPage: ComponentType<SignInPageProps>;
  children: ReactNode;
};

/**
 * What only shows to somebody who is signed in. Nobody is led away: the address stays, and where a session ended in
 * mid-work the page stays too, with what was typed, and what was sent is sent again after the sign-in.
 */
export function SignedInOnly({ kind, SignInPage, children }: Props) {
  const { state, wasIn } = useSession();
  const [hasEnded, setEnded] = useState(false);
  useOwnFace(kind);
  const isOver = state === "needed" && wasIn;
  const isForNobody = state === "needed" && !wasIn;
  if (isOver && !hasEnded) setEnded(true);
  // Mailed links, the product and identity providers sign somebody in in another tab: the reader comes back from there.
  useReturn(() => {
    if (state === "needed") void refresh().then((now) => now && signedIn(now, kind)).catch(() => undefined);
  });
  // Fetched long before it is needed: after a new version the server may not have this part any more.
  useEffect(() => void atRest().then(again).catch(() => undefined), []);

  return (
    <>
      <div hidden={isForNobody}>{children}</div>
      {/* After the page, so that the tab has its name. */}
      <Suspense>
        {isForNobody && <SignInPage kind={kind} onSignedIn={(who) => signedIn(who, kind)} />}
        {hasEnded && <SignInAgain kind={kind} isShown={isOver} />}
      </Suspense>
    </>
  );
}
