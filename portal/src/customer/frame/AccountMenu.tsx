import { Avatar, Group, Text, VisuallyHidden } from "@mantine/core";
import { lazy } from "react";
import { useTranslations } from "use-intl";
import type { CustomerFrameData } from "~/customer/frame/fragment";
import { MenuButton } from "~/ui/MenuButton";

const AccountItems = lazy(() => import("~/customer/frame/menus").then((module) => ({ default: module.AccountItems })));

/** Whose page this is, and the menu of what is theirs. */
export function AccountMenu({ viewer }: { viewer: NonNullable<CustomerFrameData["viewer"]> }) {
  const t = useTranslations("customer");
  const { profile, account } = viewer;
  return (
    <MenuButton items={(menu) => <AccountItems {...menu} viewer={viewer} />}>
      <Group gap="xs" wrap="nowrap">
        <Avatar name={profile?.displayName ?? ""} color="initials" size="sm" alt="" aria-hidden />
        <VisuallyHidden>{t("accountMenu")}</VisuallyHidden>
        <Text size="sm" visibleFrom="sm">
          {account?.name}
        </Text>
      </Group>
    </MenuButton>
  );
}
