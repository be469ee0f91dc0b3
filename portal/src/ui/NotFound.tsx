import { Anchor, Stack, Text, Title } from "@mantine/core";
import { useTranslations } from "use-intl";
import { Link } from "wouter";
import { useTitle } from "~/ui/useTitle";

type Props = { reason?: "notFound" | "noPermission" };

/** There is nothing here, or nothing that the reader may see: both look alike where the difference would tell something. */
export function NotFound({ reason = "notFound" }: Props) {
  const t = useTranslations("shared");
  useTitle(t(`${reason}.title`));
  return (
    <Stack align="center" gap="xs" py="xl">
      <Title order={1} size="h3">
        {t(`${reason}.title`)}
      </Title>
      <Text c="dimmed" ta="center" maw={440}>
        {t(`${reason}.text`)}
      </Text>
      <Anchor component={Link} href="/">
        {t("home")}
      </Anchor>
    </Stack>
  );
}
