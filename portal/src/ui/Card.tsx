import { Group, Paper, Title } from "@mantine/core";
import { useId, type ReactNode } from "react";

type Props = { title: string; action?: ReactNode; children: ReactNode };

/** One matter of a page, under its heading. */
export function Card({ title, action, children }: Props) {
  const id = useId();
  return (
    <Paper component="section" withBorder p="md" aria-labelledby={id}>
      <Group justify="space-between" gap="xs" mb="sm">
        <Title order={2} size="h5" id={id}>
          {title}
        </Title>
        {action}
      </Group>
      {children}
    </Paper>
  );
}
