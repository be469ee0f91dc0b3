import { Button, List, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { signOut } from "~/api/session";
import { useChange } from "~/api/useChange";
import { EraseOneself as Erase } from "~/customer/settings/operations";
import { CurrentPassword } from "~/settings/CurrentPassword";
import { Dialog } from "~/ui/Dialog";
import { FormDialog } from "~/ui/FormDialog";

const GOES = ["who", "ways", "words"] as const;
const STAYS = ["numbers", "backups"] as const;

type Props = { company: string; onClose: () => void };

/** Says what goes and what stays, has the reader prove that it is they and that they mean it, and erases them. */
export function EraseOneself({ company, onClose }: Props) {
  const t = useTranslations("customerSettings.privacy");
  const { run, isRunning } = useChange(Erase, ["address", "currentPassword"]);
  const [isDone, setDone] = useState(false);
  const form = useForm({ initialValues: { address: "", currentPassword: "" } });

  const submit = form.onSubmit(async ({ address, currentPassword }) => {
    const { payload, errors } = await run({ input: { address: address.trim(), currentPassword: currentPassword === "" ? null : currentPassword } });
    if (payload === undefined) form.setErrors(errors);
    else setDone(true);
  });

  if (isDone) {
    return (
      <Dialog onClose={() => void signOut()} title={t("erased")} withCloseButton={false}>
        <Stack>
          <Text size="sm">{t("erasedText", { company })}</Text>
          <Button w="fit-content" onClick={() => void signOut()} data-autofocus>
            {t("leave")}
          </Button>
        </Stack>
      </Dialog>
    );
  }
  return (
    <FormDialog
      title={t("erase")}
      action={t("eraseNow")}
      color="red.9"
      size="lg"
      isRunning={isRunning}
      refusal={form.errors[""]}
      onSubmit={submit}
      onClose={onClose}
    >
      <Text size="sm" fw={600}>
        {t("goesTitle")}
      </Text>
      <List size="sm">
        {GOES.map((each) => (
          <List.Item key={each}>{t(`goes.${each}`)}</List.Item>
        ))}
      </List>
      <Text size="sm" fw={600}>
        {t("staysTitle")}
      </Text>
      <List size="sm">
        {STAYS.map((each) => (
          <List.Item key={each}>{t(`stays.${each}`, { company })}</List.Item>
        ))}
      </List>
      <Text size="sm">{t("lastAdmin")}</Text>
      <CurrentPassword {...form.getInputProps("currentPassword")} />
      <TextInput
        label={t("address")}
        description={t("addressHint")}
        autoComplete="off"
        required
        maxLength={320}
        {...form.getInputProps("address")}
      />
    </FormDialog>
  );
}
