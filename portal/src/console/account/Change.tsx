import { Group, List, Text } from "@mantine/core";
import { useTranslations } from "use-intl";
import type { FragmentOf } from "~/api/graphql";
import { useFormatter } from "~/app/format";
import type { changeLines } from "~/console/account/fragments";

/** Why a score moved between two days: a sentence, and lines that add up to it exactly. */
export function Change({ change }: { change: FragmentOf<typeof changeLines> | null }) {
  const t = useTranslations("consoleAccount");
  const format = useFormatter();
  if (change?.sentence == null) return <Text c="dimmed">{t("noChange")}</Text>;
  const moved = change.lines.filter(({ delta }) => delta !== 0);
  return (
    <>
      <Text mb="xs">{change.sentence}</Text>
      <List listStyleType="none" spacing={6}>
        {moved.map(({ factorKey, cause, delta, name, sentence }) => (
          <List.Item key={`${factorKey} ${cause}`}>
            <Group gap="xs" wrap="nowrap" align="flex-start">
              <Text size="sm" fw={700} w={56} ta="right">
                {format.number(delta, "points")}
              </Text>
              <div>
                <Text size="sm" fw={600}>
                  {name}
                </Text>
                <Text size="sm" c="dimmed">
                  {sentence} · {t(`causes.${cause}`)}
                </Text>
              </div>
            </Group>
          </List.Item>
        ))}
      </List>
    </>
  );
}
