import { TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { notifications } from "@mantine/notifications";
import { useTranslations } from "use-intl";
import { useChange } from "~/api/useChange";
import { UpdateMember } from "~/customer/people/operations";
import type { PersonData } from "~/customer/people/PersonLine";
import { RoleSelect } from "~/people/RoleSelect";
import { FormDialog } from "~/ui/FormDialog";

type Props = { member: PersonData; onClose: () => void };

/** Another role or title of a person. */
export function EditPerson({ member, onClose }: Props) {
  const t = useTranslations("customerPeople");
  const people = useTranslations("people");
  const shared = useTranslations("shared");
  const { run, isRunning } = useChange(UpdateMember, ["role", "title"]);
  const form = useForm({ initialValues: { role: member.role, title: member.title ?? "" } });

  const submit = form.onSubmit(async ({ role, title }) => {
    const { payload, errors } = await run({ input: { memberId: member.id, role, title: title.trim() === "" ? null : title } });
    if (payload === undefined) {
      form.setErrors(errors);
      return;
    }
    notifications.show({ message: shared("saved") });
    onClose();
  });

  return (
    <FormDialog
      title={t("editOf", { name: member.person?.displayName ?? "" })}
      action={shared("save")}
      isRunning={isRunning}
      refusal={form.errors[""]}
      onSubmit={submit}
      onClose={onClose}
    >
      <RoleSelect {...form.getInputProps("role")} />
      <TextInput label={people("jobTitle")} maxLength={200} {...form.getInputProps("title")} />
    </FormDialog>
  );
}
