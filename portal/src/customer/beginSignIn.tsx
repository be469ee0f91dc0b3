import "~/sign-in/styles";
import { signedIn, type SignedIn } from "~/api/session";
import { mount } from "~/app/mount";
import shared from "~/app/messages.en.json";
import { SignInPage } from "~/sign-in/SignInPage";

/** The portal itself, which is loaded while the visitor fills in the form. */
const portal = () => import("~/customer/begin");

/** A page that the browser kept from before may be one for somebody who has signed in meanwhile: the API knows. */
const isOfBefore = () => {
  const [visit] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  return visit?.type === "back_forward";
};

/** `/sign-in?then=/people`: for links from outside. A way on leads to this site alone; any other address is its own. */
const wayOn = () => {
  if (window.location.pathname !== "/sign-in") return undefined;
  const then = new URL(new URLSearchParams(window.location.search).get("then") ?? "/", window.location.origin);
  return then.origin === window.location.origin ? then.href : "/";
};

const enter = async (who: SignedIn) => {
  signedIn(who, "MEMBER", wayOn());
  if (who.kind === "MEMBER" && wayOn() === undefined) (await portal()).begin();
};

/** Put the sign-in on the page; what it leads to comes from the first letter on. */
export const begin = () => {
  if (isOfBefore() && wayOn() === undefined) {
    void portal().then((face) => face.begin());
    return;
  }
  mount({ shared }, <SignInPage kind="MEMBER" onSignedIn={(who) => void enter(who)} />);
  document.addEventListener("input", () => void portal().catch(() => undefined), { once: true });
};
