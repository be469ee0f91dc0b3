import { Alert, Button, Group, Text } from "@mantine/core";
import { IconEye } from "@tabler/icons-react";
import { useTranslations } from "use-intl";
import { closeView } from "~/api/view";
import type { CustomerFrameData } from "~/customer/frame/fragment";

type Props = { viewer: CustomerFrameData["viewer"] | undefined; isDemo: boolean };

/** Above every page: that it is a demo; that what is shown is another's, and that nothing can be changed in it. */
export function Banners({ viewer, isDemo }: Props) {
  const t = useTranslations("customer.view");
  const shared = useTranslations("shared");
  const by = viewer?.impersonatedBy ?? null;
  return (
    <>
      {isDemo && (
        <Alert color="gray" variant="light" role="note" mb="md" p="xs">
          <Text size="sm">{shared("demo")}</Text>
        </Alert>
      )}
      {by !== null && (
        <Alert color="grape" variant="light" role="status" mb="md" icon={<IconEye size={18} aria-hidden />} p="xs">
          <Group justify="space-between" gap="xs">
            <Text size="sm">{t("text", { staffName: by.displayName, person: viewer?.profile?.displayName ?? "" })}</Text>
            <Button size="compact-sm" variant="default" onClick={closeView}>
              {t("close")}
            </Button>
          </Group>
        </Alert>
      )}
    </>
  );
}
