import { Anchor, Button, Code, Group, Table, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { Link } from "wouter";
import { IN_PLACE, useChange } from "~/api/useChange";
import type { Access } from "~/console/system/AccessPage";
import { EndKey, NewKey } from "~/console/system/KeyDialogs";
import { NewApiKey } from "~/console/system/NewApiKey";
import { RevokeApiKey } from "~/console/system/changes/operations";
import { Rows, When } from "~/console/system/Rows";
import { Card } from "~/ui/Card";
import { EmptyState } from "~/ui/EmptyState";
import { ListFoot } from "~/ui/ListFoot";
import type { useTurner } from "~/ui/PageTurner";

type Keys = NonNullable<Access["apiKeys"]>;
type Key = Keys["nodes"][number];
type Props = { keys: Keys; turner: ReturnType<typeof useTurner> };

/** The keys with which programs read and change over the API; made and ended here by those who see them. */
export function ApiKeysCard({ keys, turner }: Props) {
  const t = useTranslations("consoleSystem");
  const revoke = useChange(RevokeApiKey, IN_PLACE);
  const [isMaking, setMaking] = useState(false);
  const [ending, setEnding] = useState<Key>();
  const close = () => setMaking(false);
  return (
    <Card
      title={t("access.apiKeys")}
      action={
        <Button size="compact-sm" variant="light" leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setMaking(true)}>
          {t("access.newApiKey")}
        </Button>
      }
    >
      {keys.nodes.length === 0 ? (
        <EmptyState title={t("access.noApiKeys")}>{t("access.noApiKeysText")}</EmptyState>
      ) : (
        <Rows label={t("access.apiKeys")} heads={[t("access.name"), t("access.scopes"), t("access.madeBy"), t("access.used"), t("access.ends")]} minWidth={760}>
          {keys.nodes.map((key) => (
            <Line key={key.id} apiKey={key} onRevoke={() => setEnding(key)} />
          ))}
        </Rows>
      )}
      <ListFoot mt="sm" count={t("access.count", { count: keys.totalCount })} turner={turner} pageInfo={keys.pageInfo} />
      {isMaking && <NewKey kind="apiKey" form={(onMade) => <NewApiKey onMade={onMade} onClose={close} />} onClose={close} />}
      {ending !== undefined && (
        <EndKey
          name={ending.name}
          text={t("access.revokeText")}
          run={() => revoke.run({ input: { apiKeyId: ending.id } })}
          onClose={() => setEnding(undefined)}
        />
      )}
    </Card>
  );
}

function Line({ apiKey, onRevoke }: { apiKey: Key; onRevoke: () => void }) {
  const t = useTranslations("consoleSystem");
  const { name, prefix, scopes, account, createdBy, lastUsedAt, expiresAt, revokedAt } = apiKey;
  return (
    <Table.Tr>
      <Table.Td>
        <Text size="sm" fw={600}>
          {name}
        </Text>
        <Code>{prefix}…</Code>
      </Table.Td>
      <Table.Td>
        <Text size="xs">{scopes.join(", ")}</Text>
        {account !== null && (
          <Anchor component={Link} href={`/accounts/${account.id}`} size="xs">
            {account.name}
          </Anchor>
        )}
      </Table.Td>
      <Table.Td>{createdBy === null ? t("access.commandLine") : (createdBy.displayName ?? t("audit.unnamed"))}</Table.Td>
      <Table.Td>{lastUsedAt === null ? t("access.neverUsed") : <When at={lastUsedAt} />}</Table.Td>
      <Table.Td>
        <Group gap="xs">
          {revokedAt === null ? (
            <>
              <When at={expiresAt} />
              <Button size="compact-sm" variant="subtle" color="red" aria-label={t("access.revokeOf", { name })} onClick={onRevoke}>
                {t("access.revoke")}
              </Button>
            </>
          ) : (
            <Text size="sm" c="dimmed">
              {t("access.revoked")} <When at={revokedAt} />
            </Text>
          )}
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}
