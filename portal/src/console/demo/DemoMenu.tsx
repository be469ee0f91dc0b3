import { Anchor, Button, Menu } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconChevronDown } from "@tabler/icons-react";
import { useTranslations } from "use-intl";
import { useLocation } from "wouter";
import { useChange } from "~/api/useChange";
import { RunDemoAction } from "~/console/demo/operations";

const ACTIONS = ["BUSY_MORNING", "PAYMENT_FAILS", "ANGRY_TICKET", "NEW_TEAMMATE", "HELPDESK_SILENT", "LATE_EVENTS"] as const;

/** The demo's buttons: each makes something happen to the account on the page, elsewhere to the largest that does well. */
export function DemoMenu() {
  const t = useTranslations("consoleDemo");
  const shared = useTranslations("shared");
  const [pathname, go] = useLocation();
  const { run, isRunning } = useChange(RunDemoAction);
  const accountId = /^\/accounts\/([^/]+)/.exec(pathname)?.[1];

  const act = async (action: (typeof ACTIONS)[number]) => {
    const { payload } = await run({ input: { action, ...(accountId === undefined ? {} : { accountId: decodeURIComponent(accountId) }) } });
    if (payload === undefined) return;
    const account = payload.account;
    notifications.show({
      title: t(`actions.${action}`),
      message: account && (
        <Anchor component="button" size="sm" ta="start" onClick={() => go(`/accounts/${account.id}`)}>
          {t("happens", { name: account.name })}
        </Anchor>
      ),
    });
  };

  return (
    <Menu position="bottom-start" withinPortal>
      <Menu.Target>
        <Button variant="light" flex="none" size="compact-sm" loading={isRunning} rightSection={<IconChevronDown size={14} aria-hidden />}>
          {t("demo")}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{shared("demo")}</Menu.Label>
        {ACTIONS.map((action) => (
          <Menu.Item key={action} onClick={() => void act(action)}>
            {t(`actions.${action}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
