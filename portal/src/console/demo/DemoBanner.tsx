import { Code, Text } from "@mantine/core";
import { useTranslations } from "use-intl";

/** Above every page of the demo: what it is, and the way on to one's own data. */
export function DemoBanner() {
  const t = useTranslations("consoleDemo");
  return (
    <Text size="xs" c="dimmed" role="note" mb="sm">
      {t.rich("banner", { command: (words) => <Code>{words}</Code> })}
    </Text>
  );
}
