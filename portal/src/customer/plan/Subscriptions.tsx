import { Badge, Group, Stack, Text } from "@mantine/core";
import { useTranslations } from "use-intl";
import { graphql, type FragmentOf } from "~/api/graphql";
import { useFormatter } from "~/app/format";
import { Amount } from "~/ui/Amount";
import { noonOf } from "~/ui/days";
import { planName } from "~/ui/planName";

export const subscriptionLine = graphql(`
  fragment SubscriptionLine on BillingSubscription {
    planKey
    isAddOn
    status
    mrr {
      amountMinor
      currencyCode
    }
    seats
    startsOn
    endsOn
    renewsOn
    autoRenews
  }
`);

type Data = FragmentOf<typeof subscriptionLine>;

/** What is subscribed to: the plan and what comes beside it, each with its price and how long it goes on. */
export function Subscriptions({ subscriptions }: { subscriptions: Data[] }) {
  const t = useTranslations("customerPlan");
  if (subscriptions.length === 0) return <Text c="dimmed">{t("noSubscriptions")}</Text>;
  return (
    <Stack component="ul" m={0} p={0} gap="md">
      {subscriptions.map((each) => (
        <SubscriptionLine key={`${each.planKey} ${each.startsOn}`} subscription={each} />
      ))}
    </Stack>
  );
}

function SubscriptionLine({ subscription }: { subscription: Data }) {
  const t = useTranslations("customerPlan");
  const format = useFormatter();
  const { planKey, isAddOn, status, mrr, seats, endsOn, renewsOn, autoRenews } = subscription;
  const day = (date: string) => format.dateTime(noonOf(date), "day");

  const until = () => {
    if (endsOn !== null) return t("ends", { day: day(endsOn) });
    if (renewsOn === null) return undefined;
    return t(autoRenews === false ? "runsUntil" : "renews", { day: day(renewsOn) });
  };

  return (
    <Group component="li" justify="space-between" align="flex-start" wrap="nowrap">
      <div>
        <Group gap="xs">
          <Text size="sm" fw={600}>
            {planName(planKey)}
          </Text>
          {isAddOn && (
            <Badge size="xs" variant="light" color="gray">
              {t("addOn")}
            </Badge>
          )}
          {status !== "ACTIVE" && (
            <Badge size="xs" variant="light" color={status === "PAST_DUE" ? "red" : "gray"} c="var(--mantine-color-text)">
              {t(`statuses.${status}`)}
            </Badge>
          )}
        </Group>
        <Text size="sm" c="dimmed">
          {[seats === null ? undefined : t("seats", { count: seats }), until()].filter(Boolean).join(" · ")}
        </Text>
      </div>
      <Text size="sm" ta="right">
        {t.rich("aMonth", { price: () => <Amount money={mrr} /> })}
      </Text>
    </Group>
  );
}
