import { Group, Paper, SimpleGrid, Stack, Text } from "@mantine/core";
import { useTranslations } from "use-intl";
import { shades } from "~/app/shades";
import { waymark } from "~/app/theme";

/** Page, text, link and button of each theme, as Mantine takes them from the ten shades; the logo's ground as `Brand` has it. */
const THEMES = [
  { key: "light", page: "#fff", text: "#000", link: 7, button: 7, ground: "transparent" },
  { key: "dark", page: "#242424", text: "#c9c9c9", link: 4, button: 6, ground: "#fff" },
] as const;

/** `color`: such as #2f6fed; empty: the portal's own. */
type Props = { name: string; color: string; logo: string | null };

/** How the head of a customer's page, a link and a button would look, by day and by night. */
export function Preview({ name, color, logo }: Props) {
  const t = useTranslations("consoleFace");
  const steps = color === "" ? waymark : shades(color);
  return (
    <SimpleGrid cols={{ base: 1, xs: 2 }} aria-label={t("preview")} role="group">
      {THEMES.map(({ key, page, text, link, button, ground }) => (
        <Paper key={key} withBorder p="md" bg={page} c={text}>
          <Stack gap="sm">
            <Group gap="sm" wrap="nowrap" miw={0} h={28}>
              {logo !== null && (
                <img src={logo} alt="" height={28} style={{ maxWidth: 168, objectFit: "contain", background: ground, borderRadius: 4, padding: ground === "#fff" ? 3 : 0 }} />
              )}
              <Text fw={650} truncate>
                {name}
              </Text>
            </Group>
            <Group gap="md">
              <Text size="sm" fw={600} px="md" py={6} bg={steps[button]} c="#fff" style={{ borderRadius: 8 }}>
                {t("previewButton")}
              </Text>
              <Text size="sm" c={steps[link]}>
                {t("previewLink")}
              </Text>
            </Group>
            <Text size="xs">{t(`themes.${key}`)}</Text>
          </Stack>
        </Paper>
      ))}
    </SimpleGrid>
  );
}
