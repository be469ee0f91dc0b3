import { Group, Progress, Stack, Text } from "@mantine/core";
import { useTranslations } from "use-intl";
import { graphql, type FragmentOf } from "~/api/graphql";
import { useFormatter } from "~/app/format";
import { noonOf } from "~/ui/days";

export const limits = graphql(`
  fragment Limits on LimitStatus {
    metric {
      key
      name
    }
    used
    included
    share
    expected
    projectedReachedOn
    resetsOn
  }
`);

export type LimitData = FragmentOf<typeof limits>;

/** From here on a limit is near enough to say so by colour as well. */
const NEAR = 0.8;

/** What is used of what the plan includes in a month, a bar each, and the day on which it will be used up. */
export function Limits({ limits: all }: { limits: LimitData[] }) {
  const t = useTranslations("customerHome");
  if (all.length === 0) return <Text c="dimmed">{t("noLimits")}</Text>;
  return (
    <Stack gap="sm">
      {all.map((limit) => (
        <Limit key={limit.metric?.key} limit={limit} />
      ))}
    </Stack>
  );
}

type Props = { limit: LimitData; isNamed?: boolean };

/** What is used of one limit. Its name is left out where it stands above already. */
export function Limit({ limit: { metric, used, included, share, projectedReachedOn, resetsOn }, isNamed = true }: Props) {
  const t = useTranslations("customerHome");
  const format = useFormatter();
  const day = (date: string) => format.dateTime(noonOf(date), "dayOfYear");
  const isReached = share !== null && share >= 1;
  return (
    <div>
      <Group justify="space-between">
        <Text size="sm">{isNamed ? metric?.name : t("thisMonth")}</Text>
        <Text size="sm" c="dimmed">
          {t("usedOf", { used, included })}
        </Text>
      </Group>
      {share !== null && (
        <Progress
          value={Math.min(100, Math.round(share * 100))}
          color={share >= NEAR ? "orange" : undefined}
          aria-label={metric?.name}
          my={4}
        />
      )}
      <Text size="sm" c="dimmed">
        {projectedReachedOn === null
          ? t("enough", { day: day(resetsOn) })
          : t(isReached ? "reachedOn" : "willReachOn", { day: day(projectedReachedOn), reset: day(resetsOn) })}
      </Text>
    </div>
  );
}
