import { Paper, Stack, Text, ThemeIcon } from "@mantine/core";
import { IconConfetti } from "@tabler/icons-react";
import { useTranslations } from "use-intl";
import { graphql, type FragmentOf } from "~/api/graphql";
import classes from "~/customer/home/Celebrations.module.css";

export const celebration = graphql(`
  fragment Celebration on Celebration {
    kind
    sentence
  }
`);

/** What went well this week; nothing where nothing did. */
export function Celebrations({ celebrations }: { celebrations: FragmentOf<typeof celebration>[] }) {
  const t = useTranslations("customerHome");
  if (celebrations.length === 0) return null;
  return (
    <Paper component="section" aria-label={t("celebrations")} className={classes.strip}>
      <ThemeIcon variant="light" size="lg" radius="xl" aria-hidden>
        <IconConfetti size={20} stroke={1.6} />
      </ThemeIcon>
      <Stack gap={2}>
        {celebrations.map(({ kind, sentence }, place) => (
          <Text key={kind} fw={place === 0 ? 600 : 400} size={place === 0 ? "md" : "sm"}>
            {sentence}
          </Text>
        ))}
      </Stack>
    </Paper>
  );
}
