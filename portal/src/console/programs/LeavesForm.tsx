import { Alert, Badge, Button, Group, NumberInput, Stack, Table, Text } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { useTranslations } from "use-intl";
import { useChange } from "~/api/useChange";
import { useFormatter } from "~/app/format";
import type { Model, Preview } from "~/console/programs/HealthModelPage";
import { PreviewHealthModel } from "~/console/programs/operations";
import { Rows } from "~/console/system/Rows";
import { Card } from "~/ui/Card";

const PARTS = ["weight", "poor", "healthy"] as const;
type Part = (typeof PARTS)[number];
type Leaf = Model["leaves"][number];
type Values = Record<string, Record<Part, number | string>>;

const liveOf = (leaf: Leaf): Record<Part, number> => ({
  weight: Number(leaf.weight),
  poor: Number(leaf.poorAnchor),
  healthy: Number(leaf.healthyAnchor),
});

/** What differs from the live model, leaf by leaf; a field left empty changes nothing. */
const changesOf = (leaves: Leaf[], values: Values) =>
  leaves.flatMap((leaf) => {
    const live = liveOf(leaf);
    const changed = PARTS.filter((part) => typeof values[leaf.key]?.[part] === "number" && values[leaf.key]?.[part] !== live[part]);
    return changed.length === 0
      ? []
      : [{ leafKey: leaf.key, ...Object.fromEntries(changed.map((part) => [part, values[leaf.key]?.[part] as number])) }];
  });

/** What was refused, by leaf and part; `""` for what concerns no one field. */
const placed = (errors: Record<string, string>, changes: { leafKey: string }[]): Record<string, string> => {
  const found: Record<string, string> = {};
  for (const [field, words] of Object.entries(errors)) {
    const [, place, part] = field.split(".");
    const leaf = changes[Number(place)]?.leafKey;
    found[leaf !== undefined && PARTS.some((each) => each === part) ? `${leaf}.${part ?? ""}` : ""] ??= words;
  }
  return found;
};

type Props = { model: Model; onPreview: (preview: Preview | undefined) => void };

/** The leaves with their weights and anchors, to be changed and tried. */
export function LeavesForm({ model: { leaves }, onPreview }: Props) {
  const t = useTranslations("consolePrograms");
  const format = useFormatter();
  const { run, isRunning } = useChange(
    PreviewHealthModel,
    leaves.flatMap((_, place) => PARTS.map((part) => `changes.${place}.${part}`)),
  );
  const live: Values = Object.fromEntries(leaves.map((leaf) => [leaf.key, liveOf(leaf)]));
  const [values, setValues] = useState(live);
  const [errors, setErrors] = useState<Record<string, string>>({});
  const changes = changesOf(leaves, values);
  const sum = leaves.reduce((total, { key }) => total + Number(values[key]?.weight ?? 0), 0);

  const set = (key: string, part: Part, value: number | string) =>
    setValues((now) => ({ ...now, [key]: { ...now[key], [part]: value } as Record<Part, number | string> }));
  const reset = () => {
    setValues(live);
    setErrors({});
    onPreview(undefined);
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const outcome = await run({ input: { changes } });
    setErrors(placed(outcome.errors ?? {}, changes));
    if (outcome.payload !== undefined) onPreview(outcome.payload.preview ?? undefined);
  };

  return (
    <Card title={t("leaves")}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack>
          <Rows label={t("leaves")} heads={[t("leaf"), t("part.weight"), t("part.poor"), t("part.healthy")]}>
            {leaves.map((leaf) => (
              <Table.Tr key={leaf.key}>
                <Table.Td>
                  <Group gap="xs">
                    <Text size="sm" fw={600}>
                      {leaf.name}
                    </Text>
                    {!leaf.isCustomerVisible && (
                      <Badge size="xs" variant="light" color="gray" tt="none">
                        {t("hidden")}
                      </Badge>
                    )}
                  </Group>
                  <Text size="xs" c="dimmed">
                    {leaf.windowDays === null ? leaf.unit : t("unit", { unit: leaf.unit, days: leaf.windowDays })}
                  </Text>
                </Table.Td>
                {PARTS.map((part) => (
                  <Table.Td key={part}>
                    <NumberInput
                      aria-label={t("field", { part: t(`part.${part}`), leaf: leaf.name })}
                      size="xs"
                      w={110}
                      step={part === "weight" ? 0.01 : 1}
                      {...(part === "weight" ? { min: 0, max: 1 } : {})}
                      value={values[leaf.key]?.[part] ?? ""}
                      error={errors[`${leaf.key}.${part}`]}
                      onChange={(value) => set(leaf.key, part, value)}
                    />
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Rows>
          <Text size="sm" c={Math.abs(sum - 1) < 0.0005 ? "dimmed" : "red"} aria-live="polite">
            {t("sum", { sum: format.number(sum, "amount") })}
          </Text>
          {errors[""] !== undefined && (
            <Alert color="red" role="alert">
              {errors[""]}
            </Alert>
          )}
          <Group>
            <Button type="submit" loading={isRunning} disabled={changes.length === 0}>
              {t("try")}
            </Button>
            <Button variant="default" disabled={changes.length === 0} onClick={reset}>
              {t("reset")}
            </Button>
            <Text size="sm" c="dimmed">
              {t("changes", { count: changes.length })}
            </Text>
          </Group>
        </Stack>
      </form>
    </Card>
  );
}
