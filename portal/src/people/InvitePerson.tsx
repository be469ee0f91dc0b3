import { TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { notifications } from "@mantine/notifications";
import { useTranslations } from "use-intl";
import { useChange } from "~/api/useChange";
import { InviteMember } from "~/people/operations";
import { RoleSelect, type Role } from "~/people/RoleSelect";
import { FormDialog } from "~/ui/FormDialog";

type Props = { accountId: string; onClose: () => void; onInvited?: () => void };

/** Invite somebody into the account; they get a letter with a link. */
export function InvitePerson({ accountId, onClose, onInvited }: Props) {
  const t = useTranslations("people");
  const { run, isRunning } = useChange(InviteMember, ["email", "name", "title", "role"]);
  const form = useForm({ initialValues: { email: "", name: "", title: "", role: "MEMBER" as Role } });

  const submit = form.onSubmit(async ({ email, name, title, role }) => {
    const { payload, errors } = await run({
      input: { accountId, email, role, name: name.trim() === "" ? null : name, title: title.trim() === "" ? null : title },
    });
    if (payload === undefined) {
      form.setErrors(errors);
      return;
    }
    notifications.show({ message: t("invited", { email }) });
    onInvited?.();
    onClose();
  });

  return (
    <FormDialog
      title={t("invite")}
      action={t("send")}
      isRunning={isRunning}
      refusal={form.errors[""]}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextInput
        label={t("email")}
        type="email"
        autoComplete="off"
        required
        data-autofocus
        maxLength={320}
        {...form.getInputProps("email")}
      />
      <TextInput label={t("name")} description={t("nameHint")} maxLength={200} {...form.getInputProps("name")} />
      <TextInput label={t("jobTitle")} maxLength={200} {...form.getInputProps("title")} />
      <RoleSelect {...form.getInputProps("role")} />
    </FormDialog>
  );
}
