import { Group, SimpleGrid, Stack, Text } from "@mantine/core";
import { useTranslations } from "use-intl";
import { Page } from "~/app/Page";
import { useFormatter } from "~/app/format";
import { Limits } from "~/customer/home/Limits";
import { Invoices } from "~/customer/plan/Invoices";
import { PlanQuery } from "~/customer/plan/operations";
import { Subscriptions } from "~/customer/plan/Subscriptions";
import { Amount } from "~/ui/Amount";
import { Card } from "~/ui/Card";
import { noonOf } from "~/ui/days";
import { PageTurner, useTurner } from "~/ui/PageTurner";

/** What an account pays for, what it includes, and its invoices. */
export function PlanPage() {
  const t = useTranslations("customerPlan");
  const format = useFormatter();
  const turner = useTurner("");

  return (
    <Page title={t("title")} query={PlanQuery} variables={{ after: turner.after }} find={({ viewer }) => viewer?.account}>
      {({ tier, customerSince, successManager, subscriptions, limits, invoices }) => {
        const price = tier?.monthlyPrice ?? null;
        return (
          <Stack>
            <SimpleGrid cols={{ base: 1, md: 2 }}>
              <Card title={tier?.name ?? t("plan")}>
                <Stack gap="md">
                  <Text size="sm" c="dimmed">
                    {t("since", { day: format.dateTime(noonOf(customerSince), "day") })}
                    {price !== null && (
                      <>
                        {" · "}
                        {t.rich("from", { price: () => <Amount money={price} /> })}
                      </>
                    )}
                  </Text>
                  <Subscriptions subscriptions={subscriptions} />
                  {successManager !== null && <Text size="sm">{t("contact", { name: successManager.displayName })}</Text>}
                </Stack>
              </Card>
              <Card title={t("included")}>
                <Limits limits={limits} />
              </Card>
            </SimpleGrid>
            <Card title={t("invoices")}>
              <Invoices invoices={invoices.nodes} />
              <Group justify="space-between" mt="sm">
                <Text size="sm" c="dimmed">
                  {t("count", { count: invoices.totalCount })}
                </Text>
                <PageTurner turner={turner} pageInfo={invoices.pageInfo} />
              </Group>
            </Card>
          </Stack>
        );
      }}
    </Page>
  );
}
