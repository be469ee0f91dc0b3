import { Alert, Button, PasswordInput, Stack } from "@mantine/core";
import { useForm } from "@mantine/form";
import { notifications } from "@mantine/notifications";
import { useTranslations } from "use-intl";
import { useChange } from "~/api/useChange";
import { CurrentPassword } from "~/settings/CurrentPassword";
import { ChangePassword } from "~/settings/operations";
import { Card } from "~/ui/Card";

/** What the API takes; it says so itself, but later. */
const SHORTEST = 12;
const LONGEST = 256;

/** A new password. Who has signed in by links so far leaves the present one empty. */
export function PasswordForm() {
  const t = useTranslations("settings.password");
  const { run, isRunning } = useChange(ChangePassword, ["currentPassword", "newPassword", "password"]);
  const form = useForm({
    initialValues: { currentPassword: "", newPassword: "", again: "" },
    validate: {
      newPassword: (value) => (value.length < SHORTEST ? t("tooShort", { shortest: SHORTEST }) : null),
      again: (value, { newPassword }) => (value === newPassword ? null : t("differs")),
    },
  });

  const submit = form.onSubmit(async ({ currentPassword, newPassword }) => {
    const { payload, errors } = await run({
      input: { newPassword, currentPassword: currentPassword === "" ? null : currentPassword },
    });
    if (payload === undefined) {
      form.setErrors({ ...errors, newPassword: errors["newPassword"] ?? errors["password"] });
      return;
    }
    form.reset();
    notifications.show({ message: t("changed") });
  });

  return (
    <Card title={t("title")}>
      <form onSubmit={submit}>
        <Stack>
          {form.errors[""] !== undefined && (
            <Alert color="red" role="alert">
              {form.errors[""]}
            </Alert>
          )}
          <CurrentPassword label={t("current")} description={t("currentHint")} {...form.getInputProps("currentPassword")} />
          <PasswordInput
            label={t("new")}
            description={t("newHint", { shortest: SHORTEST })}
            autoComplete="new-password"
            required
            maxLength={LONGEST}
            {...form.getInputProps("newPassword")}
          />
          <PasswordInput
            label={t("again")}
            autoComplete="new-password"
            required
            maxLength={LONGEST}
            {...form.getInputProps("again")}
          />
          <Button type="submit" loading={isRunning} w="fit-content">
            {t("submit")}
          </Button>
        </Stack>
      </form>
    </Card>
  );
}
