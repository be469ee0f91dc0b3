import { ActionIcon, Menu } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconDots, IconMailForward, IconUserEdit, IconUserMinus } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { useChange } from "~/api/useChange";
import { EditPerson } from "~/customer/people/EditPerson";
import type { PersonData } from "~/customer/people/PersonLine";
import { RemovePerson } from "~/customer/people/RemovePerson";
import { InviteMember } from "~/people/operations";

type Props = { member: PersonData; accountId: string; isSelf: boolean };

/** What can be done about a person: another role, the invitation once more, removing. */
export function PersonMenu({ member, accountId, isSelf }: Props) {
  const t = useTranslations("customerPeople");
  const people = useTranslations("people");
  const [shown, setShown] = useState<"edit" | "remove">();
  const invite = useChange(InviteMember);
  const name = member.person?.displayName ?? "";
  const email = member.person?.email ?? null;

  const resend = async (to: string) => {
    const { payload } = await invite.run({ input: { accountId, email: to, role: member.role } });
    if (payload !== undefined) notifications.show({ message: people("invited", { email: to }) });
  };

  return (
    <>
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("actionsFor", { name })} loading={invite.isRunning}>
            <IconDots size={18} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconUserEdit size={16} aria-hidden />} onClick={() => setShown("edit")}>
            {t("edit")}
          </Menu.Item>
          {member.state === "INVITED" && email !== null && (
            <Menu.Item leftSection={<IconMailForward size={16} aria-hidden />} onClick={() => void resend(email)}>
              {t("resend")}
            </Menu.Item>
          )}
          {!isSelf && (
            <Menu.Item color="red" leftSection={<IconUserMinus size={16} aria-hidden />} onClick={() => setShown("remove")}>
              {t("remove")}
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      {shown === "edit" && <EditPerson member={member} onClose={() => setShown(undefined)} />}
      {shown === "remove" && <RemovePerson member={member} onClose={() => setShown(undefined)} />}
    </>
  );
}
