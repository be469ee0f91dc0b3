import { Code, Stack, Text } from "@mantine/core";
import { useTranslations } from "use-intl";
import { Command } from "~/console/setup/Command";

/** The lines of `tiers.yaml` that would make a change, and how it is applied. */
export function Lines({ text }: { text: string }) {
  const t = useTranslations("consoleFace");
  return (
    <Stack gap="xs" aria-live="polite">
      <Text size="sm">{t.rich("lines", { code: (words) => <Code>{words}</Code> })}</Text>
      <Command text={text} />
      <Text size="sm">{t("thenApply")}</Text>
      <Command text="waymark program plan my-program" />
    </Stack>
  );
}
