import { SimpleGrid, Stack } from "@mantine/core";
import { useTranslations } from "use-intl";
import { Page } from "~/app/Page";
import { DevicesQuery } from "~/customer/settings/operations";
import { PasswordForm } from "~/customer/settings/PasswordForm";
import { Sessions } from "~/customer/settings/Sessions";
import { TwoFactor } from "~/customer/settings/TwoFactor";

/** Where and how somebody signs in. */
export function DevicesPage() {
  const t = useTranslations("customerSettings.devices");
  return (
    <Page title={t("title")} query={DevicesQuery} variables={{}} find={({ viewer }) => viewer}>
      {({ sessions, twoFactor }, again) => (
        <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
          <div>
            <Sessions sessions={sessions.nodes} onEnded={again} />
          </div>
          <Stack>
            <TwoFactor twoFactor={twoFactor} onMoved={again} />
            <PasswordForm />
          </Stack>
        </SimpleGrid>
      )}
    </Page>
  );
}
