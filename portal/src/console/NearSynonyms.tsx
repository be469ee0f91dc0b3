import { Text } from "@mantine/core";
import { useTranslations } from "use-intl";

/** What tells health and category apart, wherever both are shown. */
export function NearSynonyms() {
  const t = useTranslations("consoleAccount");
  return (
    <Text size="xs" c="dimmed">
      {t("threeWords")}
    </Text>
  );
}
