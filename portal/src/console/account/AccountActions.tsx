import { Button, Group } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { IconEye } from "@tabler/icons-react";
import { useTranslations } from "use-intl";
import { useChange } from "~/api/useChange";
import { AddTask } from "~/console/account/AddTask";
import { AddTouchpoint } from "~/console/account/AddTouchpoint";
import { ViewAsCustomer } from "~/console/account/changes/operations";
import { useMay } from "~/console/useMay";

/** What the reader may do about an account from any of its pages. */
export function AccountActions({ account }: { account: { id: string; name: string } }) {
  const t = useTranslations("consoleAccount");
  const may = useMay();
  const [isTouching, touching] = useDisclosure();
  const [isTasking, tasking] = useDisclosure();
  const view = useChange(ViewAsCustomer);

  const look = async () => {
    const { payload } = await view.run({ input: { accountId: account.id } });
    if (payload?.token != null && window.open(`/#view=${payload.token}`, "_blank") === null) {
      notifications.show({ color: "red", message: t("noTab") });
    }
  };

  return (
    <Group gap="xs">
      {may("accounts:write") && (
        <Button size="sm" onClick={touching.open}>
          {t("logTouch")}
        </Button>
      )}
      {may("tasks:write") && (
        <Button size="sm" variant="default" onClick={tasking.open}>
          {t("addTask")}
        </Button>
      )}
      {may("accounts:impersonate") && (
        <Button
          size="sm"
          variant="default"
          leftSection={<IconEye size={16} aria-hidden />}
          loading={view.isRunning}
          onClick={() => void look()}
        >
          {t("viewAsCustomer")}
        </Button>
      )}
      <AddTouchpoint accountId={account.id} isOpen={isTouching} onClose={touching.close} />
      <AddTask accountId={account.id} isOpen={isTasking} onClose={tasking.close} />
    </Group>
  );
}
