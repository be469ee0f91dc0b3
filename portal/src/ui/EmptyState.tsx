import { Stack, Text } from "@mantine/core";
import { IconInbox } from "@tabler/icons-react";
import type { ReactNode } from "react";

type Props = { title: string; children?: ReactNode; action?: ReactNode };

/** A list without anything in it: what would be here, and how it gets there. */
export function EmptyState({ title, children, action }: Props) {
  return (
    <Stack align="center" gap={4} py="lg">
      <IconInbox size={28} stroke={1.5} aria-hidden />
      <Text fw={600}>{title}</Text>
      {children !== undefined && (
        <Text c="dimmed" size="sm" ta="center" maw={420} component="div">
          {children}
        </Text>
      )}
      {action}
    </Stack>
  );
}
