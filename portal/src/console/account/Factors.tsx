import { Badge, Progress, Table, Text } from "@mantine/core";
import { useTranslations } from "use-intl";
import type { FragmentOf } from "~/api/graphql";
import { useFormatter } from "~/app/format";
import type { factors } from "~/console/account/fragments";

/** What a score is made of: each factor's sentence and its points, which add up to the score. */
export function Factors({ health }: { health: FragmentOf<typeof factors> }) {
  const t = useTranslations("consoleAccount");
  const format = useFormatter();
  return (
    <Table.ScrollContainer minWidth={420}>
      <Table verticalSpacing="xs">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("factor")}</Table.Th>
            <Table.Th w={120}>{t("share")}</Table.Th>
            <Table.Th ta="right">{t("points")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {health.factors.map(({ key, name, statement, status, normalised, effectiveWeight, contribution }) => (
            <Table.Tr key={key}>
              <Table.Td>
                <Text size="sm" fw={600}>
                  {name}{" "}
                  {status !== "MEASURED" && status !== "ZERO" && (
                    <Badge size="xs" variant="default" tt="none">
                      {t(`statuses.${status}`)}
                    </Badge>
                  )}
                </Text>
                <Text size="sm" c="dimmed">
                  {statement}
                </Text>
              </Table.Td>
              <Table.Td>
                {normalised !== null && (
                  <Progress value={Math.round(normalised)} aria-label={t("shareOf", { name, share: Math.round(normalised) })} />
                )}
                {effectiveWeight !== null && (
                  <Text size="xs" c="dimmed">
                    {t("weight", { share: format.number(effectiveWeight, "share") })}
                  </Text>
                )}
              </Table.Td>
              <Table.Td ta="right">{contribution === null ? "–" : format.number(contribution, { maximumFractionDigits: 1 })}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
        {typeof health.score === "number" && (
          <Table.Tfoot>
            <Table.Tr>
              <Table.Th>{t("score")}</Table.Th>
              <Table.Td />
              <Table.Th ta="right">{format.number(health.score, { maximumFractionDigits: 1 })}</Table.Th>
            </Table.Tr>
          </Table.Tfoot>
        )}
      </Table>
    </Table.ScrollContainer>
  );
}
