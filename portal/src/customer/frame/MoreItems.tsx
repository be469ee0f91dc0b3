import { Menu } from "@mantine/core";
import { useTranslations } from "use-intl";
import { Link } from "wouter";
import type { Place } from "~/customer/frame/places";
import { MenuOf, type MenuOfProps } from "~/ui/MenuOf";

/** The places for which the bar of a phone has no room. */
export function MoreItems({ places, ...menu }: MenuOfProps & { places: Place[] }) {
  const t = useTranslations("customer");
  return (
    <MenuOf {...menu} position="top-end">
      {places.map(({ to, label, icon: Picture }) => (
        <Menu.Item key={to} component={Link} href={to} leftSection={<Picture size={16} aria-hidden />}>
          {t(label)}
        </Menu.Item>
      ))}
    </MenuOf>
  );
}
