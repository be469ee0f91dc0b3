import { Autocomplete, SegmentedControl, Text, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { once } from "~/api/once";
import { useChange } from "~/api/useChange";
import { FormDialog } from "~/ui/FormDialog";
import { linesOf } from "~/console/system/lines";
import { CreateWriteKey } from "~/console/system/changes/operations";

type Props = { sources: string[]; onMade: (secret: string) => void; onClose: () => void };

/** Make a key with which events are sent: a secret one for servers, or a public one that counts from some pages alone. */
export function NewWriteKey({ sources, onMade, onClose }: Props) {
  const t = useTranslations("consoleSystem");
  const { run, isRunning } = useChange(CreateWriteKey, ["name", "sourceKey", "kind", "origins"]);
  const [key] = useState(once);
  const form = useForm({ initialValues: { name: "", sourceKey: "", kind: "SERVER" as "SERVER" | "BROWSER", origins: "" } });
  const { kind } = form.values;

  const submit = form.onSubmit(async ({ name, sourceKey, origins }) => {
    const { payload, errors } = await run({
      input: { name, sourceKey, kind, origins: kind === "BROWSER" ? linesOf(origins) : [], idempotencyKey: key },
    });
    if (payload === undefined) form.setErrors(errors);
    else onMade(payload.secret ?? "");
  });
  return (
    <FormDialog title={t("access.newWriteKey")} action={t("access.make")} isRunning={isRunning} refusal={form.errors[""]} onSubmit={submit} onClose={onClose}>
      <TextInput label={t("access.name")} description={t("access.nameHint")} required data-autofocus maxLength={200} {...form.getInputProps("name")} />
      <Autocomplete
        label={t("access.source")}
        description={t("access.sourceHint")}
        required
        maxLength={60}
        data={sources}
        {...form.getInputProps("sourceKey")}
      />
      <div>
        <SegmentedControl
          fullWidth
          aria-label={t("access.where")}
          data={(["SERVER", "BROWSER"] as const).map((value) => ({ value, label: t(`access.kinds.${value}`) }))}
          {...form.getInputProps("kind")}
        />
        <Text size="xs" c="dimmed" mt={4}>
          {t(`access.kindHints.${kind}`)}
        </Text>
      </div>
      {kind === "BROWSER" && (
        <Textarea
          label={t("access.origins")}
          description={t("originsHint")}
          required
          autosize
          minRows={2}
          maxRows={8}
          {...form.getInputProps("origins")}
        />
      )}
    </FormDialog>
  );
}
