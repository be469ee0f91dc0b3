import { Anchor, Group, Stack, Text } from "@mantine/core";
import { useTranslations } from "use-intl";
import { Link } from "wouter";
import type { FragmentOf } from "~/api/graphql";
import { useFormatter } from "~/app/format";
import type { child } from "~/console/account/fragments";
import { Band } from "~/ui/Band";

type Props = { accounts: FragmentOf<typeof child>[]; count: number };

/** The accounts of a group, each with how it does. */
export function Children({ accounts, count }: Props) {
  const t = useTranslations("consoleAccount");
  const format = useFormatter();
  return (
    <Stack gap="xs">
      <Stack gap="xs" component="ul" m={0} p={0}>
        {accounts.map(({ id, name, internal }) => (
          <Group key={id} component="li" justify="space-between" wrap="nowrap">
            <Anchor component={Link} href={`/accounts/${id}`} size="sm" fw={600}>
              {name}
            </Anchor>
            <Group gap="xs" wrap="nowrap">
              {typeof internal?.health?.score === "number" && <Text size="sm">{format.number(internal.health.score, "score")}</Text>}
              <Band band={internal?.health?.band ?? "INSUFFICIENT_DATA"} />
            </Group>
          </Group>
        ))}
      </Stack>
      {count > accounts.length && (
        <Text size="sm" c="dimmed">
          {t("moreChildren", { count: count - accounts.length })}
        </Text>
      )}
    </Stack>
  );
}
