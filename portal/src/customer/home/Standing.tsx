import { Group, Stack, Text } from "@mantine/core";
import { IconArrowDownRight, IconArrowRight, IconArrowUpRight } from "@tabler/icons-react";
import { useTranslations } from "use-intl";
import { graphql, type FragmentOf } from "~/api/graphql";
import { useFormatter } from "~/app/format";

export const standing = graphql(`
  fragment Standing on HealthScore {
    score
    band
    words
    trend
    factors {
      key
      name
      status
      statement
    }
  }
`);

export type StandingData = FragmentOf<typeof standing>;

const PICTURES = { RISING: IconArrowUpRight, STEADY: IconArrowRight, FALLING: IconArrowDownRight };

type Props = { health: StandingData; why: string | null | undefined };

/** How an account does in words, with the score where its tier shows it; and why it moved, or at least which way. */
export function Standing({ health: { words, score, trend }, why }: Props) {
  const format = useFormatter();
  return (
    <Stack gap="xs" aria-live="polite">
      <Text size="xl" fw={650}>
        {words}
        {score !== null && <> · {format.number(score, "score")}</>}
      </Text>
      {typeof why === "string" ? <Text size="sm">{why}</Text> : trend !== "UNKNOWN" && <Way trend={trend} />}
    </Stack>
  );
}

function Way({ trend }: { trend: keyof typeof PICTURES }) {
  const t = useTranslations("customerHome");
  const Picture = PICTURES[trend];
  return (
    <Group gap={4}>
      <Picture size={18} stroke={1.6} aria-hidden />
      <Text size="sm">{t(`trends.${trend}`)}</Text>
    </Group>
  );
}
