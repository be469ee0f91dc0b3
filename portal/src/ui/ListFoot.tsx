import { Group, Text, type GroupProps } from "@mantine/core";
import type { ComponentProps } from "react";
import { PageTurner } from "~/ui/PageTurner";

type Props = ComponentProps<typeof PageTurner> & {
  /** How many there are, in words. */
  count: string;
  mt?: GroupProps["mt"];
};

/** What stands below a list: how many it has, which is heard when it changes, and the way to its other pages. */
export function ListFoot({ count, turner, pageInfo, mt = 0 }: Props) {
  return (
    <Group justify="space-between" mt={mt}>
      <Text size="sm" c="dimmed" aria-live="polite">
        {count}
      </Text>
      <PageTurner turner={turner} pageInfo={pageInfo} />
    </Group>
  );
}
