import { Checkbox, Select, SimpleGrid, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { once } from "~/api/once";
import { useChange } from "~/api/useChange";
import { CreateWebhookEndpoint } from "~/console/system/changes/operations";
import { FormDialog } from "~/ui/FormDialog";

const EVENTS = ["alert.opened", "alert.acknowledged", "alert.snoozed", "alert.reopened", "alert.resolved"];
const FORMS = ["STANDARD", "SLACK"] as const;

type Props = { onMade: (secret: string) => void; onClose: () => void };

/** Have events sent to an address. */
export function NewEndpoint({ onMade, onClose }: Props) {
  const t = useTranslations("consoleSystem");
  const { run, isRunning } = useChange(CreateWebhookEndpoint, ["name", "url", "events", "form"]);
  const [key] = useState(once);
  const form = useForm({
    initialValues: { name: "", url: "", events: [] as string[], form: "STANDARD" as (typeof FORMS)[number] },
  });

  const submit = form.onSubmit(async (values) => {
    const { payload, errors } = await run({ input: { ...values, url: values.url.trim(), idempotencyKey: key } });
    if (payload === undefined) form.setErrors(errors);
    else onMade(payload.secret ?? "");
  });
  return (
    <FormDialog title={t("webhooks.new")} action={t("webhooks.add")} isRunning={isRunning} refusal={form.errors[""]} onSubmit={submit} onClose={onClose}>
      <TextInput label={t("access.name")} description={t("access.nameHint")} required data-autofocus maxLength={200} {...form.getInputProps("name")} />
      <TextInput label={t("webhooks.url")} description={t("webhooks.urlHint")} type="url" required maxLength={2000} {...form.getInputProps("url")} />
      <Checkbox.Group label={t("webhooks.events")} description={t("webhooks.eventsHint")} {...form.getInputProps("events")}>
        <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="xs" mt="xs">
          {EVENTS.map((event) => (
            <Checkbox key={event} value={event} size="xs" label={event} />
          ))}
        </SimpleGrid>
      </Checkbox.Group>
      <Select
        label={t("webhooks.form")}
        allowDeselect={false}
        data={FORMS.map((value) => ({ value, label: t(`webhooks.forms.${value}`) }))}
        {...form.getInputProps("form")}
      />
    </FormDialog>
  );
}
