import { Anchor, Stack, Text } from "@mantine/core";
import { useTranslations } from "use-intl";
import { Link } from "wouter";
import type { ResultOf } from "~/api/graphql";
import type { TodayQuery } from "~/console/today/operations";
import { Card } from "~/ui/Card";

type Props = { accounts: ResultOf<typeof TodayQuery>["celebrating"]["nodes"] };

/** What went well this week at the accounts that rose most, as their people read it; nothing where nothing did. */
export function Celebrations({ accounts }: Props) {
  const t = useTranslations("consoleToday.celebrations");
  const glad = accounts.filter(({ celebrations }) => celebrations.length > 0);
  if (glad.length === 0) return null;
  return (
    <Card title={t("title")}>
      <Text size="xs" c="dimmed" mb="sm">
        {t("text")}
      </Text>
      <Stack gap="sm" component="ul" m={0} p={0}>
        {glad.map(({ id, name, celebrations }) => (
          <Stack key={id} gap={0} component="li">
            <Anchor component={Link} href={`/accounts/${id}/overview`} size="sm" fw={600}>
              {name}
            </Anchor>
            {celebrations.map(({ kind, sentence }) => (
              <Text key={kind} size="xs" c="dimmed">
                {sentence}
              </Text>
            ))}
          </Stack>
        ))}
      </Stack>
    </Card>
  );
}
