import { List, Stack, Text } from "@mantine/core";
import { IconArrowDownRight, IconArrowUpRight } from "@tabler/icons-react";
import { useTranslations } from "use-intl";
import { graphql, type FragmentOf } from "~/api/graphql";

export const change = graphql(`
  fragment Change on CustomerHealthChange {
    sentence
    lines {
      factorKey
      cause
      direction
      sentence
    }
  }
`);

/** Why the standing moved: in a sentence, and part by part. */
export function Change({ change: whole }: { change: FragmentOf<typeof change> | null }) {
  const t = useTranslations("customerInsights");
  if (whole === null || whole.sentence === null) return <Text c="dimmed">{t("noChange")}</Text>;
  return (
    <Stack gap="sm">
      <Text size="sm" fw={600}>
        {whole.sentence}
      </Text>
      <List size="sm" spacing={4} center>
        {whole.lines.map(({ factorKey, cause, direction, sentence }) => (
          <List.Item
            key={`${factorKey} ${cause}`}
            icon={
              direction === "UP" ? (
                <IconArrowUpRight size={18} stroke={1.6} role="img" aria-label={t("up")} />
              ) : (
                <IconArrowDownRight size={18} stroke={1.6} role="img" aria-label={t("down")} />
              )
            }
          >
            {sentence}
          </List.Item>
        ))}
      </List>
    </Stack>
  );
}
