import { Select, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { notifications } from "@mantine/notifications";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { once } from "~/api/once";
import { useChange } from "~/api/useChange";
import { FormDialog } from "~/ui/FormDialog";
import { AddStaff } from "~/console/system/changes/operations";
import { ROLES } from "~/console/system/roles";

/** Add somebody to the staff, in a role; they sign in with a link that is mailed to them. */
export function NewStaff({ onClose }: { onClose: () => void }) {
  const t = useTranslations("consoleSystem");
  const { run, isRunning } = useChange(AddStaff, ["name", "email", "role"]);
  const [key] = useState(once);
  const form = useForm({ initialValues: { name: "", email: "", role: "CSM" as (typeof ROLES)[number] } });

  const submit = form.onSubmit(async (values) => {
    const { payload, errors } = await run({ input: { ...values, idempotencyKey: key } });
    if (payload === undefined) {
      form.setErrors(errors);
      return;
    }
    notifications.show({ message: t("access.added", { name: values.name, email: values.email }) });
    onClose();
  });
  return (
    <FormDialog title={t("access.addStaff")} action={t("access.add")} isRunning={isRunning} refusal={form.errors[""]} onSubmit={submit} onClose={onClose}>
      <TextInput label={t("access.name")} required data-autofocus maxLength={200} {...form.getInputProps("name")} />
      <TextInput
        label={t("access.email")}
        description={t("access.emailHint")}
        type="email"
        autoComplete="off"
        required
        maxLength={320}
        {...form.getInputProps("email")}
      />
      <Select
        label={t("access.role")}
        description={t(`access.roleHints.${form.values.role}`)}
        allowDeselect={false}
        data={ROLES.map((value) => ({ value, label: t(`access.roles.${value}`) }))}
        {...form.getInputProps("role")}
      />
    </FormDialog>
  );
}
