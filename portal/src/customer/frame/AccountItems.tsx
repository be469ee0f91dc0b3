import { Menu } from "@mantine/core";
import { IconLogout } from "@tabler/icons-react";
import { useTranslations } from "use-intl";
import { Link } from "wouter";
import { signOut } from "~/api/session";
import type { CustomerFrameData } from "~/customer/frame/fragment";
import { AccountSwitcher } from "~/customer/frame/AccountSwitcher";
import { ownPlacesOf } from "~/customer/frame/places";
import { AppearanceMenu } from "~/ui/AppearanceMenu";
import { MenuOf, type MenuOfProps } from "~/ui/MenuOf";

type Props = MenuOfProps & { viewer: NonNullable<CustomerFrameData["viewer"]> };

/** The reader's own pages, the appearance, and the way out. Who only views as a customer has nothing to sign out of. */
export function AccountItems({ viewer, ...menu }: Props) {
  const t = useTranslations("customer");
  const shared = useTranslations("shared");
  const { profile } = viewer;
  return (
    <MenuOf {...menu} position="bottom-end">
      <Menu.Label>{profile?.displayName ?? profile?.email}</Menu.Label>
      {ownPlacesOf(viewer).map(({ to, label, icon: Picture }) => (
        <Menu.Item key={to} component={Link} href={to} leftSection={<Picture size={16} aria-hidden />}>
          {t(label)}
        </Menu.Item>
      ))}
      {viewer.impersonatedBy === null && <AccountSwitcher accounts={viewer.accounts} />}
      <Menu.Divider />
      <AppearanceMenu />
      {viewer.impersonatedBy === null && (
        <>
          <Menu.Divider />
          <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={() => void signOut()}>
            {shared("signOut")}
          </Menu.Item>
        </>
      )}
    </MenuOf>
  );
}
