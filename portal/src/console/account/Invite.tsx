import { Button } from "@mantine/core";
import { IconUserPlus } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { InvitePerson } from "~/people/InvitePerson";

/** Invite somebody into a customer's account, so that they see their own side. */
export function Invite({ accountId, onInvited }: { accountId: string; onInvited: () => void }) {
  const t = useTranslations("people");
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button variant="default" size="sm" leftSection={<IconUserPlus size={16} aria-hidden />} onClick={() => setOpen(true)}>
        {t("invite")}
      </Button>
      {isOpen && <InvitePerson accountId={accountId} onClose={() => setOpen(false)} onInvited={onInvited} />}
    </>
  );
}
