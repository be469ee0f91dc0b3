import { Alert, Anchor } from "@mantine/core";
import { IconListCheck } from "@tabler/icons-react";
import { useTranslations } from "use-intl";
import { Link } from "wouter";

/** Leads whoever runs Waymark to what is left of setting it up. */
export function SetupOffer({ count }: { count: number }) {
  const t = useTranslations("consoleSetup");
  return (
    <Alert icon={<IconListCheck aria-hidden />} title={t("offer", { count })}>
      {t("offerText")}{" "}
      <Anchor component={Link} href="/system/setup" size="sm">
        {t("offerLink")}
      </Anchor>
    </Alert>
  );
}
