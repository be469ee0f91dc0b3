import { AppShell, Avatar, Badge, Burger, Group, Menu, NavLink, Text, UnstyledButton, VisuallyHidden } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconDevices, IconLogout, IconUser } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useQuery } from "urql";
import { useTranslations } from "use-intl";
import { Link, Redirect, useLocation } from "wouter";
import { signOut } from "~/api/session";
import { Crash } from "~/app/Crash";
import { face } from "~/app/face";
import { WhoQuery } from "~/app/operations";
import { DemoBanner } from "~/console/demo/DemoBanner";
import { DemoMenu } from "~/console/demo/DemoMenu";
import { ConsoleFrameQuery, OrganizationQuery } from "~/console/operations";
import { PLACES, placeOf } from "~/console/places";
import { Search } from "~/console/search/Search";
import { isHeldBack } from "~/console/settings/heldBack";
import { useMay } from "~/console/useMay";
import { Bell } from "~/inbox/Bell";
import { AppearanceMenu } from "~/ui/AppearanceMenu";

/** The frame of the console: its places in a rail on the left, search and the reader's menu on top. */
export function ConsoleFrame({ children }: { children: ReactNode }) {
  const t = useTranslations("console");
  const shared = useTranslations("shared");
  const [isOpen, { toggle, close }] = useDisclosure();
  const [pathname] = useLocation();
  const here = placeOf(pathname);
  const [{ data }] = useQuery({ query: ConsoleFrameQuery, requestPolicy: "cache-only" });
  const [{ data: ours }] = useQuery({ query: OrganizationQuery, requestPolicy: "cache-only" });
  const [{ data: who }] = useQuery({ query: WhoQuery, requestPolicy: "cache-only" });
  const may = useMay();
  const viewer = data?.viewer;
  const reader = who?.viewer;
  const isDemo = face.isDemo || ours?.organization?.isDemo === true;
  const isHeld = reader != null && isHeldBack(reader);

  return (
    <AppShell
      header={{ height: 52 }}
      navbar={{ width: 200, breakpoint: "sm", collapsed: { mobile: !isOpen } }}
      padding="md"
    >
      <a href="#content" className="skip-link">
        {shared("skip")}
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap" miw={0}>
            <Burger opened={isOpen} onClick={toggle} hiddenFrom="sm" size="sm" aria-label={shared("menu")} />
            <Text fw={650} truncate>
              {ours?.organization?.name ?? face.organization ?? t("title")}
            </Text>
            {isDemo &&
              (may("accounts:write") ? (
                <DemoMenu />
              ) : (
                <Badge variant="light" flex="none">
                  {t("demo")}
                </Badge>
              ))}
          </Group>
          <Group gap="sm" wrap="nowrap">
            {!isHeld && <Search />}
            {!isHeld && may("profile:write") && <Bell count={viewer?.unreadNotificationCount ?? 0} />}
            <Menu position="bottom-end" withinPortal>
              <Menu.Target>
                <UnstyledButton>
                  <Avatar name={viewer?.profile?.displayName ?? ""} color="initials" size="sm" alt="" aria-hidden />
                  <VisuallyHidden>{t("accountMenu")}</VisuallyHidden>
                </UnstyledButton>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Label>{viewer?.profile?.displayName ?? viewer?.profile?.email}</Menu.Label>
                <Menu.Item component={Link} href="/settings/profile" leftSection={<IconUser size={16} aria-hidden />}>
                  {t("profile")}
                </Menu.Item>
                <Menu.Item component={Link} href="/settings/devices" leftSection={<IconDevices size={16} aria-hidden />}>
                  {t("devices")}
                </Menu.Item>
                <Menu.Divider />
                <AppearanceMenu />
                <Menu.Divider />
                <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={() => void signOut()}>
                  {shared("signOut")}
                </Menu.Item>
              </Menu.Dropdown>
            </Menu>
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" component="nav" aria-label={t("places")}>
        {PLACES.filter(({ needs }) => !isHeld && (needs === undefined || may(needs))).map(({ to, label, icon: Picture }) => (
          <NavLink
            key={to}
            component={Link}
            href={to}
            label={t(label)}
            leftSection={<Picture size={18} stroke={1.6} aria-hidden />}
            active={here?.to === to}
            aria-current={here?.to === to ? "page" : undefined}
            onClick={close}
          />
        ))}
      </AppShell.Navbar>
      <AppShell.Main id="content">
        {isDemo && <DemoBanner />}
        <Crash key={pathname}>{isHeld && !pathname.startsWith("/settings/") ? <Redirect to="/settings/devices" replace /> : children}</Crash>
      </AppShell.Main>
    </AppShell>
  );
}
