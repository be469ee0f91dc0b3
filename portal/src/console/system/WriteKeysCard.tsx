import { Button, Code, Group, Table, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { IN_PLACE, useChange } from "~/api/useChange";
import type { Access } from "~/console/system/AccessPage";
import { EndKey, NewKey } from "~/console/system/KeyDialogs";
import { NewWriteKey } from "~/console/system/NewWriteKey";
import { RevokeWriteKey } from "~/console/system/changes/operations";
import { Rows, When } from "~/console/system/Rows";
import { Card } from "~/ui/Card";
import { EmptyState } from "~/ui/EmptyState";

type Keys = Access["writeKeys"];
type Key = Keys["nodes"][number];
type Props = { keys: Keys; sources: string[]; mayWrite: boolean };

/** The keys with which events are sent; whoever may, makes and ends them. */
export function WriteKeysCard({ keys, sources, mayWrite }: Props) {
  const t = useTranslations("consoleSystem");
  const revoke = useChange(RevokeWriteKey, IN_PLACE);
  const [isMaking, setMaking] = useState(false);
  const [ending, setEnding] = useState<Key>();
  const close = () => setMaking(false);
  return (
    <Card
      title={t("access.writeKeys")}
      action={
        mayWrite && (
          <Button size="compact-sm" variant="light" leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setMaking(true)}>
            {t("access.newWriteKey")}
          </Button>
        )
      }
    >
      {keys.nodes.length === 0 ? (
        <EmptyState title={t("access.noWriteKeys")}>{t("access.noWriteKeysText")}</EmptyState>
      ) : (
        <Rows label={t("access.writeKeys")} heads={[t("access.name"), t("access.where"), t("access.source"), t("access.used"), t("access.standing")]}>
          {keys.nodes.map((key) => (
            <Line key={key.id} writeKey={key} mayWrite={mayWrite} onRevoke={() => setEnding(key)} />
          ))}
        </Rows>
      )}
      <Text size="sm" c="dimmed" mt="sm">
        {t("webhooks.shown", { shown: keys.nodes.length, count: keys.totalCount })}
      </Text>
      {isMaking && <NewKey kind="writeKey" form={(onMade) => <NewWriteKey sources={sources} onMade={onMade} onClose={close} />} onClose={close} />}
      {ending !== undefined && (
        <EndKey
          name={ending.name}
          text={t("access.revokeWriteText")}
          run={() => revoke.run({ input: { writeKeyId: ending.id } })}
          onClose={() => setEnding(undefined)}
        />
      )}
    </Card>
  );
}

function Line({ writeKey, mayWrite, onRevoke }: { writeKey: Key; mayWrite: boolean; onRevoke: () => void }) {
  const t = useTranslations("consoleSystem");
  const { name, prefix, kind, origins, source, lastUsedAt, revokedAt } = writeKey;
  return (
    <Table.Tr>
      <Table.Td>
        <Text size="sm" fw={600}>
          {name}
        </Text>
        <Code>{prefix}…</Code>
      </Table.Td>
      <Table.Td>
        {t(`access.kinds.${kind}`)}
        {origins.map((origin) => (
          <Text key={origin} size="xs" c="dimmed">
            {origin}
          </Text>
        ))}
      </Table.Td>
      <Table.Td>{source?.name ?? "–"}</Table.Td>
      <Table.Td>{lastUsedAt === null ? t("access.neverUsed") : <When at={lastUsedAt} />}</Table.Td>
      <Table.Td>
        {revokedAt !== null && (
          <Group gap={4}>
            <Text size="sm" c="dimmed">
              {t("access.revoked")} <When at={revokedAt} />
            </Text>
          </Group>
        )}
        {revokedAt === null && !mayWrite && t("access.counts")}
        {revokedAt === null && mayWrite && (
          <Button size="compact-sm" variant="subtle" color="red" aria-label={t("access.revokeOf", { name })} onClick={onRevoke}>
            {t("access.revoke")}
          </Button>
        )}
      </Table.Td>
    </Table.Tr>
  );
}
