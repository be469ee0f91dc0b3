import { Routes } from "~/app/Routes";
import { ConsoleFrame } from "~/console/ConsoleFrame";
import { pages } from "~/console/routes";
import { SignedInOnly } from "~/sign-in/SignedInOnly";
import { SignInPage } from "~/sign-in/SignInPage";

/** The staff's face of Waymark. */
export function Console() {
  return (
    <SignedInOnly kind="STAFF" SignInPage={SignInPage}>
      <ConsoleFrame>
        <Routes pages={pages} />
      </ConsoleFrame>
    </SignedInOnly>
  );
}
