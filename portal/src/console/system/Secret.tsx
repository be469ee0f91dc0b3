import { Alert, Button, Code, CopyButton, Group, Stack, Text } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslations } from "use-intl";
import { Dialog } from "~/ui/Dialog";

type Props = { title: string; secret: string; onClose: () => void; children?: ReactNode };

/** A secret that is shown this once, to be copied; it is closed by its button alone, never by a slip. */
export function Secret({ title, secret, onClose, children }: Props) {
  const t = useTranslations("consoleSystem.secret");
  return (
    <Dialog onClose={onClose} title={title} closeOnEscape={false} withCloseButton={false}>
      <Stack>
        <Alert color="yellow">{t("once")}</Alert>
        <Code block aria-label={t("label")} style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
          {secret}
        </Code>
        {children !== undefined && (
          <Text size="sm" component="div">
            {children}
          </Text>
        )}
        <Group justify="space-between">
          <CopyButton value={secret}>
            {({ copied, copy }) => (
              <Button
                variant="light"
                leftSection={copied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />}
                onClick={copy}
                data-autofocus
              >
                {t(copied ? "copied" : "copy")}
              </Button>
            )}
          </CopyButton>
          <Button onClick={onClose}>{t("kept")}</Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
