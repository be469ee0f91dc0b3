import { Button, Text } from "@mantine/core";
import { IconDownload, IconEraser } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { EraseOneself } from "~/customer/settings/EraseOneself";
import { TakeCopy } from "~/customer/settings/TakeCopy";
import { Card } from "~/ui/Card";

type Props = { company: string; mayChange: boolean };

/** A copy of what is held about the reader, and the way to be erased. Staff who view as them do neither. */
export function OwnData({ company, mayChange }: Props) {
  const t = useTranslations("customerSettings.privacy");
  const [doing, setDoing] = useState<"copy" | "erase">();
  const close = () => setDoing(undefined);

  return (
    <>
      <Card title={t("copy")}>
        <Text size="sm">{t("copyText", { company })}</Text>
        {mayChange && (
          <Button mt="md" variant="default" leftSection={<IconDownload size={16} aria-hidden />} onClick={() => setDoing("copy")}>
            {t("takeCopy")}
          </Button>
        )}
      </Card>
      <Card title={t("beErased")}>
        <Text size="sm">{t("beErasedText", { company })}</Text>
        {mayChange && (
          <Button mt="md" variant="light" color="red" leftSection={<IconEraser size={16} aria-hidden />} onClick={() => setDoing("erase")}>
            {t("erase")}
          </Button>
        )}
      </Card>
      {doing === "copy" && <TakeCopy onClose={close} />}
      {doing === "erase" && <EraseOneself company={company} onClose={close} />}
    </>
  );
}
