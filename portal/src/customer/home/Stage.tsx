import { Group, Progress, Text } from "@mantine/core";
import { useTranslations } from "use-intl";
import { graphql, type FragmentOf } from "~/api/graphql";
import { useFormatter } from "~/app/format";
import { noonOf } from "~/ui/days";

export const stage = graphql(`
  fragment Stage on AccountStage {
    key
    name
    description
    startedOn
    day
    days
    progress
    next {
      key
      name
    }
  }
`);

/** Where an account stands in its life as a customer, how much of that is over, and what comes after. */
export function Stage({ stage: { name, description, startedOn, day, days, progress, next } }: { stage: FragmentOf<typeof stage> }) {
  const t = useTranslations("customerHome");
  const format = useFormatter();
  const since = format.dateTime(noonOf(startedOn), "day");
  return (
    <div>
      <Group justify="space-between" gap="xs">
        <Text fw={650}>{t("inStage", { stage: name })}</Text>
        <Text size="sm" c="dimmed">
          {days === null ? t("stageSince", { day: since }) : t("stageDay", { day, days })}
        </Text>
      </Group>
      {progress !== null && <Progress value={Math.round(progress * 100)} aria-label={name} my={6} />}
      <Text size="sm" c="dimmed">
        {description}
        {days !== null && next !== null && <> {t("stageNext", { stage: next.name })}</>}
      </Text>
    </div>
  );
}
