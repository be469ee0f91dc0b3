import { IconDots } from "@tabler/icons-react";
import { lazy } from "react";
import { useTranslations } from "use-intl";
import { Link, useLocation } from "wouter";
import classes from "~/customer/frame/CustomerFrame.module.css";
import type { CustomerFrameData } from "~/customer/frame/fragment";
import { isAt, ownPlacesOf, placesOf } from "~/customer/frame/places";
import { MenuButton } from "~/ui/MenuButton";

const MoreItems = lazy(() => import("~/customer/frame/menus").then((module) => ({ default: module.MoreItems })));

/** So many places beside "More"; a sixth would be too narrow to hit and to read at 360 pixels. */
const MOST = 5;

/** The places along the bottom of a phone, and the rest behind "More". */
export function BottomBar({ viewer }: { viewer: CustomerFrameData["viewer"] | undefined }) {
  const t = useTranslations("customer");
  const shared = useTranslations("shared");
  const [pathname] = useLocation();
  const places = placesOf(viewer);
  const rest = [...places.slice(MOST), ...ownPlacesOf(viewer)];

  return (
    <nav className={classes.bar} aria-label={t("placesBelow")}>
      {places.slice(0, MOST).map(({ to, short, icon: Picture }) => (
        <Link key={to} href={to} className={classes.place} aria-current={isAt(pathname, to) ? "page" : undefined}>
          <Picture size={20} stroke={1.6} aria-hidden />
          {t(short)}
        </Link>
      ))}
      <MenuButton className={classes.place} items={(menu) => <MoreItems {...menu} places={rest} />}>
        <IconDots size={20} stroke={1.6} aria-hidden />
        {shared("more")}
      </MenuButton>
    </nav>
  );
}
