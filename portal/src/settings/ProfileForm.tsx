import { Alert, Button, Select, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { notifications } from "@mantine/notifications";
import { useTranslations } from "use-intl";
import { useChange, type Outcome } from "~/api/useChange";
import { UpdatePreferences, UpdateProfile } from "~/settings/operations";

type Props = { profile: { displayName: string; timeZone: string | null }; onSaved: () => void };

const ZONES = Intl.supportedValuesOf("timeZone");

/** One's own name and time zone. Each is a change of its own at the API; what was refused stays as it was typed. */
export function ProfileForm({ profile, onSaved }: Props) {
  const t = useTranslations("settings.profile");
  const shared = useTranslations("shared");
  const rename = useChange(UpdateProfile, ["name"]);
  const preferences = useChange(UpdatePreferences, ["timeZone"]);
  const form = useForm({ initialValues: { name: profile.displayName, timeZone: profile.timeZone } });

  const submit = form.onSubmit(async ({ name, timeZone }) => {
    const outcomes: Outcome<unknown>[] = [];
    if (name !== profile.displayName) outcomes.push(await rename.run({ input: { name } }));
    if (timeZone !== profile.timeZone) outcomes.push(await preferences.run({ input: { timeZone } }));
    const errors = Object.assign({}, ...outcomes.map((each) => each.errors ?? {})) as Record<string, string>;
    if (outcomes.some((each) => each.errors !== undefined)) form.setErrors(errors);
    else {
      form.resetDirty();
      notifications.show({ message: shared("saved") });
      onSaved();
    }
  });

  return (
    <form onSubmit={submit}>
      <Stack maw={420}>
        {form.errors[""] !== undefined && (
          <Alert color="red" role="alert">
            {form.errors[""]}
          </Alert>
        )}
        <TextInput label={t("name")} required maxLength={200} autoComplete="name" {...form.getInputProps("name")} />
        <Select
          label={t("timeZone")}
          description={t("timeZoneHint")}
          data={ZONES}
          searchable
          clearable
          limit={50}
          nothingFoundMessage={t("noZone")}
          {...form.getInputProps("timeZone")}
        />
        <Button type="submit" loading={rename.isRunning || preferences.isRunning} disabled={!form.isDirty()} w="fit-content">
          {shared("save")}
        </Button>
      </Stack>
    </form>
  );
}
