import { Badge, Divider, Group, SegmentedControl, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { Lines } from "~/console/face/Lines";
import type { Tiers } from "~/console/face/PortalPage";
import { Card } from "~/ui/Card";

const CHOICES = ["HIDDEN", "WORDS", "SCORE"] as const;
type Choice = (typeof CHOICES)[number];

/** How much of their health customers of each tier see: chosen here to see in words what it means, said in a file. */
export function Visibility({ tiers }: { tiers: Tiers }) {
  const t = useTranslations("consoleFace");
  const [chosen, setChosen] = useState<Record<string, Choice>>({});
  const changed = tiers.filter(({ key, healthVisibility }) => (chosen[key] ?? healthVisibility) !== healthVisibility);
  const lines = ["tiers:", ...changed.flatMap(({ key }) => [`  ${key}:`, `    health_visibility: ${chosen[key] ?? ""}`])];
  return (
    <Card title={t("health")}>
      <Stack>
        <Text size="sm" c="dimmed">
          {t("healthText")}
        </Text>
        {tiers.map(({ key, name, healthVisibility }) => {
          const choice = chosen[key] ?? healthVisibility;
          return (
            <Stack key={key} gap="xs">
              <Divider />
              <Group justify="space-between">
                <Group gap="xs">
                  <Text fw={600}>{name}</Text>
                  {choice !== healthVisibility && (
                    <Badge variant="light" tt="none">
                      {t("instead", { now: t(`choices.${healthVisibility}`) })}
                    </Badge>
                  )}
                </Group>
                <SegmentedControl
                  aria-label={t("healthOf", { tier: name })}
                  data={CHOICES.map((value) => ({ value, label: t(`choices.${value}`) }))}
                  value={choice}
                  onChange={(value) => setChosen({ ...chosen, [key]: value as Choice })}
                />
              </Group>
              <Text size="sm">{t(`previews.${choice}`)}</Text>
            </Stack>
          );
        })}
        {changed.length > 0 && <Lines text={lines.join("\n")} />}
      </Stack>
    </Card>
  );
}
