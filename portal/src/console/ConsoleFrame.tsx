import { AppShell, Avatar, Badge, Burger, Group, Menu, NavLink, Text, UnstyledButton, VisuallyHidden } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconLogout } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useQuery } from "urql";
import { useTranslations } from "use-intl";
import { Link, useLocation } from "wouter";
import { signOut } from "~/api/session";
import { Crash } from "~/app/Crash";
import { DemoMenu } from "~/console/demo/DemoMenu";
import { ConsoleFrameQuery } from "~/console/operations";
import { PLACES, placeOf } from "~/console/places";
import { Search } from "~/console/search/Search";
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
  const person = data?.viewer?.person;

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
              {data?.organization?.name ?? t("title")}
            </Text>
            {data?.organization?.isDemo === true &&
              (person != null && data.viewer?.permissions.includes("accounts:write") === true ? (
                <DemoMenu />
              ) : (
                <Badge variant="light" flex="none">
                  {t("demo")}
                </Badge>
              ))}
          </Group>
          <Group gap="sm" wrap="nowrap">
            <Search />
            {data?.viewer?.permissions.includes("profile:write") === true && <Bell count={data.viewer.unreadNotificationCount} />}
            <Menu position="bottom-end" withinPortal>
              <Menu.Target>
                <UnstyledButton>
                  <Avatar name={person?.displayName ?? ""} color="initials" size="sm" alt="" aria-hidden />
                  <VisuallyHidden>{t("accountMenu")}</VisuallyHidden>
                </UnstyledButton>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Label>{person?.displayName ?? person?.email}</Menu.Label>
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
        {PLACES.filter(({ needs }) => needs === undefined || data?.viewer?.permissions.includes(needs) === true).map(({ to, label, icon: Picture }) => (
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
        <Crash key={pathname}>
          {children}
        </Crash>
      </AppShell.Main>
    </AppShell>
  );
}
