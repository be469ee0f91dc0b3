import { lazy } from "react";
import { Routes } from "~/app/Routes";
import { CustomerFrame } from "~/customer/frame/CustomerFrame";
import { pages } from "~/customer/routes";
import { SignedInOnly } from "~/sign-in/SignedInOnly";

/** A session that has run out is found out after the page came, which is rare: `sign-in.html` is what nobody gets. */
const SignInPage = lazy(() => import("~/sign-in/SignInPage").then((module) => ({ default: module.SignInPage })));

/** The customer's face of Waymark. */
export function Portal() {
  return (
    <SignedInOnly kind="MEMBER" SignInPage={SignInPage}>
      <CustomerFrame>
        <Routes pages={pages} />
      </CustomerFrame>
    </SignedInOnly>
  );
}
