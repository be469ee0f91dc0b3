import { Table } from "@mantine/core";
import type { ReactNode } from "react";
import { useFormatter } from "~/app/format";
import classes from "~/console/system/Rows.module.css";

type Props = { label: string; heads: string[]; minWidth?: number; children: ReactNode };

/** A table of System: on a narrow screen it moves sideways by itself, also by the keyboard. */
export function Rows({ label, heads, minWidth = 640, children }: Props) {
  return (
    <Table.ScrollContainer minWidth={minWidth}>
      <Table verticalSpacing="xs" className={classes.rows} aria-label={label}>
        <Table.Thead>
          <Table.Tr>
            {heads.map((head) => (
              <Table.Th key={head}>{head}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>{children}</Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

/** A moment, or a dash where there was none. */
export function When({ at }: { at: string | null }) {
  const format = useFormatter();
  return at === null ? <>–</> : <time dateTime={at}>{format.dateTime(new Date(at), "moment")}</time>;
}
