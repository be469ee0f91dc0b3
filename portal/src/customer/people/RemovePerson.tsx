import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { IN_PLACE, useChange } from "~/api/useChange";
import { RemoveMember } from "~/customer/people/operations";
import type { PersonData } from "~/customer/people/PersonLine";
import { Dialog } from "~/ui/Dialog";

type Props = { member: PersonData; onClose: () => void };

/** Asks whether a person is really to lose their access. */
export function RemovePerson({ member, onClose }: Props) {
  const t = useTranslations("customerPeople");
  const shared = useTranslations("shared");
  const { run, isRunning } = useChange(RemoveMember, IN_PLACE);
  const [refusal, setRefusal] = useState<string>();
  const name = member.person?.displayName ?? "";

  const remove = async () => {
    const { payload, errors } = await run({ input: { memberId: member.id } });
    if (payload === undefined) {
      setRefusal(errors[""]);
      return;
    }
    notifications.show({ message: t("removed", { name }) });
    onClose();
  };

  return (
    <Dialog onClose={onClose} title={t("removeOf", { name })}>
      <Stack>
        <Text size="sm">{t("removeText", { name })}</Text>
        {refusal !== undefined && (
          <Alert color="red" role="alert">
            {refusal}
          </Alert>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            {shared("cancel")}
          </Button>
          <Button color="red" loading={isRunning} onClick={() => void remove()}>
            {t("remove")}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
