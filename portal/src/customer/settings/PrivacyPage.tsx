import { Anchor, List, SimpleGrid, Text } from "@mantine/core";
import { useTranslations } from "use-intl";
import { Link } from "wouter";
import { Page } from "~/app/Page";
import { PrivacyQuery } from "~/customer/settings/operations";
import { OwnData } from "~/customer/settings/OwnData";
import { Card } from "~/ui/Card";

const KEPT = ["who", "use", "signIn", "records"] as const;

/** What is kept of somebody, who sees it, and the way to a copy and to being erased. */
export function PrivacyPage() {
  const t = useTranslations("customerSettings.privacy");
  return (
    <Page title={t("title")} query={PrivacyQuery} variables={{}} find={({ organization, viewer }) => (viewer === null ? null : { organization, viewer })}>
      {({ organization, viewer }) => {
        const company = organization?.name ?? "";
        return (
          <SimpleGrid cols={{ base: 1, md: 2 }}>
            <Card title={t("kept")}>
              <List size="sm" spacing="xs">
                {KEPT.map((each) => (
                  <List.Item key={each}>{t(`keeps.${each}`, { company })}</List.Item>
                ))}
              </List>
            </Card>
            <Card title={t("seen")}>
              <Text size="sm">{t("seenText", { company, account: viewer.account?.name ?? "" })}</Text>
              <Text size="sm" mt="sm">
                {t.rich("devicesText", {
                  devices: (text) => (
                    <Anchor td="underline" component={Link} href="/settings/devices">
                      {text}
                    </Anchor>
                  ),
                })}
              </Text>
            </Card>
            <OwnData company={company} mayChange={viewer.permissions.includes("profile:write")} />
          </SimpleGrid>
        );
      }}
    </Page>
  );
}
