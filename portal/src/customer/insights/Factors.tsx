import { Badge, Group, List, Stack, Text } from "@mantine/core";
import { useTranslations } from "use-intl";
import { graphql, type FragmentOf } from "~/api/graphql";
import { useFormatter } from "~/app/format";

export const factors = graphql(`
  fragment Factors on HealthScore {
    groups {
      key
      name
    }
    factors {
      key
      name
      groupKey
      status
      statement
      effectiveWeight
      contribution
    }
  }
`);

type Data = FragmentOf<typeof factors>;

/** What the standing is made of, each part as a sentence, and in points where the tier shows them. */
export function Factors({ health: { groups, factors: all } }: { health: Data }) {
  const t = useTranslations("customerInsights");
  return (
    <Stack gap="md">
      {groups.map(({ key, name }) => {
        const own = all.filter(({ groupKey }) => groupKey === key);
        return own.length === 0 ? null : (
          <div key={key}>
            <Text size="sm" fw={650} mb={4}>
              {name}
            </Text>
            <List size="sm" spacing={6} aria-label={t("partsOf", { name })}>
              {own.map((factor) => (
                <List.Item key={factor.key}>
                  <Factor factor={factor} />
                </List.Item>
              ))}
            </List>
          </div>
        );
      })}
    </Stack>
  );
}

const EXPLAINED = ["STALE", "NO_SOURCE", "TOO_NEW"] as const;

function Factor({ factor: { statement, status, contribution, effectiveWeight } }: { factor: Data["factors"][number] }) {
  const t = useTranslations("customerInsights");
  const format = useFormatter();
  const explained = EXPLAINED.find((each) => each === status);
  const isCounted = contribution !== null && effectiveWeight !== null && effectiveWeight > 0;
  return (
    <>
      {statement}
      <Group gap="xs">
        {isCounted && (
          <Text size="xs" c="dimmed">
            {t("points", { points: format.number(contribution, "amount"), most: format.number(effectiveWeight * 100, "amount") })}
          </Text>
        )}
        {explained !== undefined && (
          <Badge size="xs" variant="light" color="gray" tt="none">
            {t(`statuses.${explained}`)}
          </Badge>
        )}
      </Group>
    </>
  );
}
