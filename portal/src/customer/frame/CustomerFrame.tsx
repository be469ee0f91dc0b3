import { Group } from "@mantine/core";
import { Fragment, type ReactNode } from "react";
import { useQuery } from "urql";
import { useTranslations } from "use-intl";
import { Link, useLocation } from "wouter";
import { Crash } from "~/app/Crash";
import { face } from "~/app/face";
import { AccountMenu } from "~/customer/frame/AccountMenu";
import { Banners } from "~/customer/frame/Banners";
import { BottomBar } from "~/customer/frame/BottomBar";
import classes from "~/customer/frame/CustomerFrame.module.css";
import { CustomerFrameQuery } from "~/customer/frame/operations";
import { isAt, placesOf } from "~/customer/frame/places";
import { Bell } from "~/inbox/Bell";
import { Brand } from "~/ui/Brand";

/** The frame of the customer's portal: places on the side, on a phone along the bottom; the account and its menu on top. */
export function CustomerFrame({ children }: { children: ReactNode }) {
  const t = useTranslations("customer");
  const shared = useTranslations("shared");
  const [pathname] = useLocation();
  const [{ data }] = useQuery({ query: CustomerFrameQuery, requestPolicy: "cache-only" });
  const viewer = data?.viewer;

  return (
    <>
      <a href="#content" className="skip-link">
        {shared("skip")}
      </a>
      <header className={classes.header}>
        <Brand name={face.name ?? data?.organization?.name} logo={face.logo} height={28} />
        {viewer !== null && viewer !== undefined && (
          <Group gap="sm" wrap="nowrap">
            {viewer.permissions.includes("profile:write") && <Bell count={viewer.unreadNotificationCount} />}
            <AccountMenu viewer={viewer} />
          </Group>
        )}
      </header>
      <nav className={classes.rail} aria-label={t("places")}>
        {placesOf(viewer).map(({ to, label, icon: Picture }) => (
          <Fragment key={to}>
            {to === "/people" && <hr className={classes.line} />}
            <Link href={to} className={classes.way} aria-current={isAt(pathname, to) ? "page" : undefined}>
              <Picture size={18} stroke={1.6} aria-hidden />
              {t(label)}
            </Link>
          </Fragment>
        ))}
      </nav>
      <main id="content" className={classes.content}>
        <Banners viewer={viewer} isDemo={face.isDemo || data?.organization?.isDemo === true} />
        <Crash key={pathname}>{children}</Crash>
      </main>
      <BottomBar viewer={viewer} />
    </>
  );
}
