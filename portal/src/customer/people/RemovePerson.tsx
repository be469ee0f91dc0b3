import { Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useTranslations } from "use-intl";
import { IN_PLACE, useChange } from "~/api/useChange";
import { RemoveMember } from "~/customer/people/operations";
import type { PersonData } from "~/customer/people/PersonLine";
import { Confirm } from "~/ui/Confirm";

type Props = { member: PersonData; onClose: () => void };

/** Asks whether a person is really to lose their access. */
export function RemovePerson({ member, onClose }: Props) {
  const t = useTranslations("customerPeople");
  const { run } = useChange(RemoveMember, IN_PLACE);
  const name = member.person?.displayName ?? "";

  const removed = () => {
    notifications.show({ message: t("removed", { name }) });
    onClose();
  };
  return (
    <Confirm
      title={t("removeOf", { name })}
      action={t("remove")}
      run={() => run({ input: { memberId: member.id } })}
      onDone={removed}
      onClose={onClose}
    >
      <Text size="sm">{t("removeText", { name })}</Text>
    </Confirm>
  );
}
