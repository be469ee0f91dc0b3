import { Stack, Table, Text } from "@mantine/core";
import { useTranslations } from "use-intl";
import type { Ingestion } from "~/console/system/ingestion";
import { Rows, When } from "~/console/system/Rows";
import { Card } from "~/ui/Card";
import { EmptyState } from "~/ui/EmptyState";
import { ListFoot } from "~/ui/ListFoot";
import type { useTurner } from "~/ui/PageTurner";

type Props = { unresolved: NonNullable<Ingestion["unresolved"]>; turner: ReturnType<typeof useTurner> };

/** The events that wait for their account, and what makes them count. */
export function UnresolvedCard({ unresolved, turner }: Props) {
  const t = useTranslations("consoleSystem");
  const heads = ["received", "source", "event", "names", "messageId"] as const;
  return (
    <Card title={t("ingestion.unresolved")}>
      <Stack>
        {unresolved.nodes.length === 0 ? (
          <EmptyState title={t("ingestion.noneWait")}>{t("ingestion.noneWaitText")}</EmptyState>
        ) : (
          <Rows label={t("ingestion.unresolved")} heads={heads.map((head) => t(`ingestion.${head}`))}>
            {unresolved.nodes.map(({ id, name, accountExternalId, messageId, occurredAt, receivedAt, source }) => (
              <Table.Tr key={id}>
                <Table.Td>
                  <When at={receivedAt} />
                </Table.Td>
                <Table.Td>{source?.name ?? "–"}</Table.Td>
                <Table.Td>
                  <Text size="sm" fw={600}>
                    {name}
                  </Text>
                  <Text size="xs" c="dimmed">
                    <When at={occurredAt} />
                  </Text>
                </Table.Td>
                <Table.Td>{accountExternalId ?? t("ingestion.namesNone")}</Table.Td>
                <Table.Td>{messageId ?? t("ingestion.namesNone")}</Table.Td>
              </Table.Tr>
            ))}
          </Rows>
        )}
        <ListFoot count={t(unresolved.totalCountIsCapped ? "countCapped" : "count", { count: unresolved.totalCount })} turner={turner} pageInfo={unresolved.pageInfo} />
        {unresolved.nodes.length > 0 && (
          <Text size="sm" c="dimmed">
            {t("ingestion.waitText")}
          </Text>
        )}
      </Stack>
    </Card>
  );
}
