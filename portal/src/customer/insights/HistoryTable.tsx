import { Table } from "@mantine/core";
import { useTranslations } from "use-intl";
import { useFormatter } from "~/app/format";
import type { HappeningData, PointData } from "~/customer/insights/History";
import { noonOf } from "~/ui/days";

type Props = { points: PointData[]; happenings: HappeningData[] };

/** The days, the newest first: where one stood, and what happened. */
export function HistoryTable({ points, happenings }: Props) {
  const t = useTranslations("customerInsights");
  const format = useFormatter();
  const hasPoints = points.some(({ score }) => score !== null);
  return (
    <Table.ScrollContainer minWidth={320} maxHeight={420}>
      <Table stickyHeader aria-label={t("history")}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("dayColumn")}</Table.Th>
            <Table.Th>{t("standingColumn")}</Table.Th>
            {hasPoints && <Table.Th ta="right">{t("pointsColumn")}</Table.Th>}
            <Table.Th>{t("happenedColumn")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {points.toReversed().map(({ on, words, score }) => (
            <Table.Tr key={on}>
              <Table.Td>{format.dateTime(noonOf(on), "day")}</Table.Td>
              <Table.Td>{words}</Table.Td>
              {hasPoints && <Table.Td ta="right">{score === null ? "" : format.number(score, "score")}</Table.Td>}
              <Table.Td>
                {happenings
                  .filter((each) => each.on === on)
                  .map(({ sentence }) => sentence)
                  .join("; ")}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
