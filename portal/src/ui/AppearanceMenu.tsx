import { Menu, useMantineColorScheme } from "@mantine/core";
import { IconDeviceDesktop, IconMoon, IconSun } from "@tabler/icons-react";
import { useTranslations } from "use-intl";

const CHOICES = [
  { scheme: "light", picture: IconSun },
  { scheme: "dark", picture: IconMoon },
  { scheme: "auto", picture: IconDeviceDesktop },
] as const;

/** Light, dark, or as the device says; kept in this browser. */
export function AppearanceMenu() {
  const t = useTranslations("shared.theme");
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <>
      <Menu.Label>{t("label")}</Menu.Label>
      {CHOICES.map(({ scheme, picture: Picture }) => (
        <Menu.RadioItem
          key={scheme}
          value={scheme}
          checked={colorScheme === scheme}
          rightSection={<Picture size={16} aria-hidden />}
          onChange={() => setColorScheme(scheme)}
          closeMenuOnClick
        >
          {t(scheme)}
        </Menu.RadioItem>
      ))}
    </>
  );
}
