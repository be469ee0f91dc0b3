import { Anchor, Group, Stack, Text } from "@mantine/core";
import { Link } from "wouter";
import type { FragmentOf } from "~/api/graphql";
import { useFormatter } from "~/app/format";
import { AllOf } from "~/console/account/AllOf";
import type { child } from "~/console/account/fragments";
import { listOf } from "~/console/accounts/address";
import { Band } from "~/ui/Band";

type Props = { of: string; accounts: FragmentOf<typeof child>[]; count: number };

/** The accounts of a group, each with how it does. */
export function Children({ of, accounts, count }: Props) {
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
      <AllOf what="children" count={count} shown={accounts.length} href={listOf({ parentId: { in: [of] } })} />
    </Stack>
  );
}
