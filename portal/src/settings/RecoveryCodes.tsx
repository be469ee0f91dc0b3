import { Button, Checkbox, CopyButton, Group, SimpleGrid, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { Dialog } from "~/ui/Dialog";

type Props = { codes: readonly string[]; onClose: () => void };

/** Recovery codes, the one time that they are shown: it closes only once somebody says that they are kept. */
export function RecoveryCodes({ codes, onClose }: Props) {
  const t = useTranslations("settings.twoFactor");
  const shared = useTranslations("shared");
  const [isKept, setKept] = useState(false);
  return (
    <Dialog onClose={onClose} title={t("codes")} withCloseButton={false} closeOnEscape={false}>
      <Stack>
        <Text size="sm">{t("codesText")}</Text>
        <SimpleGrid component="ul" cols={2} spacing="xs" m={0} p={0}>
          {codes.map((code) => (
            <Text key={code} component="li" ff="monospace" size="sm">
              {code}
            </Text>
          ))}
        </SimpleGrid>
        <Group>
          <CopyButton value={codes.join("\n")}>
            {({ copied, copy }) => (
              <Button variant="default" onClick={copy}>
                {copied ? t("copied") : t("copy")}
              </Button>
            )}
          </CopyButton>
        </Group>
        <Checkbox label={t("kept")} checked={isKept} onChange={(event) => setKept(event.currentTarget.checked)} />
        <Button disabled={!isKept} onClick={onClose}>
          {shared("close")}
        </Button>
      </Stack>
    </Dialog>
  );
}
