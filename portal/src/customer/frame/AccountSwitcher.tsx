import { Menu } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useTranslations } from "use-intl";
import { AuthRefusal, switchAccount } from "~/api/session";

type Props = { accounts: { accountId: string; name: string; isCurrent: boolean }[] };

/** The accounts that the reader belongs to, where there are several. Going on for another begins at its Home. */
export function AccountSwitcher({ accounts }: Props) {
  const t = useTranslations("customer");
  const shared = useTranslations("shared");
  if (accounts.length < 2) return null;

  const choose = async (accountId: string) => {
    try {
      await switchAccount(accountId);
    } catch (error) {
      const message = error instanceof AuthRefusal ? error.message : shared("errors.UNREACHABLE.title");
      notifications.show({ color: "red", title: t("notSwitched"), message });
    }
  };

  return (
    <>
      <Menu.Divider />
      <Menu.Label>{t("accounts")}</Menu.Label>
      {accounts.map(({ accountId, name, isCurrent }) => (
        <Menu.RadioItem key={accountId} value={accountId} checked={isCurrent} onChange={() => void choose(accountId)} closeMenuOnClick>
          {name}
        </Menu.RadioItem>
      ))}
    </>
  );
}
