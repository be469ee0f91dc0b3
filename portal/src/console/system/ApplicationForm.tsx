import { NumberInput, Select, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { notifications } from "@mantine/notifications";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { once } from "~/api/once";
import { useChange } from "~/api/useChange";
import type { Application } from "~/console/system/ApplicationsPage";
import { CreateApplication, UpdateApplication } from "~/console/system/changes/operations";
import { FormDialog } from "~/ui/FormDialog";
import { linesOf } from "~/console/system/lines";

const POLICIES = ["ANY", "REGISTERED"] as const;
const POINTS = 1_000;

type Props = { application?: Application | undefined; onClose: () => void };

/** Register a front end that is built on the API, or change one: from where, with which documents, how much it may ask. */
export function ApplicationForm({ application, onClose }: Props) {
  const t = useTranslations("consoleSystem.applications");
  const system = useTranslations("consoleSystem");
  const shared = useTranslations("shared");
  const create = useChange(CreateApplication, ["name", "origins", "documentPolicy", "pointsPerSecond"]);
  const update = useChange(UpdateApplication, ["name", "origins", "documentPolicy", "pointsPerSecond"]);
  const [key] = useState(once);
  const form = useForm({
    initialValues: {
      name: application?.name ?? "",
      origins: application?.origins.join("\n") ?? "",
      documentPolicy: (application?.documentPolicy ?? "ANY") as (typeof POLICIES)[number],
      pointsPerSecond: (application?.pointsPerSecond ?? POINTS) as number | string,
    },
  });

  const submit = form.onSubmit(async ({ name, documentPolicy, ...values }) => {
    if (typeof values.pointsPerSecond !== "number") {
      form.setFieldError("pointsPerSecond", t("pointsNeeded"));
      return;
    }
    const common = { documentPolicy, origins: linesOf(values.origins), pointsPerSecond: values.pointsPerSecond };
    const { errors } =
      application === undefined
        ? await create.run({ input: { ...common, name, idempotencyKey: key } })
        : await update.run({ input: { ...common, applicationId: application.id } });
    if (errors !== undefined) {
      form.setErrors(errors);
      return;
    }
    notifications.show({ message: application === undefined ? t("made", { name }) : shared("saved") });
    onClose();
  });
  return (
    <FormDialog
      title={application === undefined ? t("new") : t("changeOf", { name: application.name })}
      action={application === undefined ? t("make") : shared("save")}
      isRunning={create.isRunning || update.isRunning}
      refusal={form.errors[""]}
      onSubmit={submit}
      onClose={onClose}
    >
      {application === undefined && (
        <TextInput label={t("name")} description={t("nameHint")} required data-autofocus maxLength={100} {...form.getInputProps("name")} />
      )}
      <Textarea label={t("origins")} description={system("originsHint")} autosize minRows={2} maxRows={8} {...form.getInputProps("origins")} />
      <Select
        label={t("policy")}
        description={t(`policyHints.${form.values.documentPolicy}`)}
        allowDeselect={false}
        data={POLICIES.map((value) => ({ value, label: t(`policies.${value}`) }))}
        {...form.getInputProps("documentPolicy")}
      />
      <NumberInput label={t("points")} description={t("pointsHint")} required min={1} allowDecimal={false} {...form.getInputProps("pointsPerSecond")} />
    </FormDialog>
  );
}
