import { Alert, Badge, Button, Code, Group, SegmentedControl, Stack, Table, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconPlus } from "@tabler/icons-react";
import { useTranslations } from "use-intl";
import { useState } from "react";
import { useSearchParams } from "wouter";
import type { ResultOf } from "~/api/graphql";
import { useChange } from "~/api/useChange";
import { EndpointActions } from "~/console/system/EndpointActions";
import { NewEndpoint } from "~/console/system/NewEndpoint";
import { Rows, When } from "~/console/system/Rows";
import { SystemPage } from "~/console/system/SystemPage";
import { ReplayDelivery, SystemWebhooks } from "~/console/system/operations";
import { Secret } from "~/console/system/Secret";
import { useMay } from "~/console/useMay";
import { Card } from "~/ui/Card";
import { EmptyState } from "~/ui/EmptyState";
import { PageTurner, useTurner } from "~/ui/PageTurner";

const ENDPOINTS = 10;
const DELIVERIES = 25;
const STATES = ["ALL", "PENDING", "PARKED", "HELD", "DELIVERED"] as const;
type Endpoint = NonNullable<ResultOf<typeof SystemWebhooks>["system"]>["webhookEndpoints"]["nodes"][number];
type Delivery = Endpoint["deliveries"]["nodes"][number];

/** Where events are sent, what came of each, and the ways to have them sent again. */
export function WebhooksPage() {
  const t = useTranslations("consoleSystem");
  const [parameters, setParameters] = useSearchParams();
  const state = STATES.find((each) => each === parameters.get("state")) ?? "ALL";
  const turner = useTurner(state);
  const mayWrite = useMay()("system:write");
  const [isAdding, setAdding] = useState(false);
  const [secret, setSecret] = useState<string>();
  const made = (text: string) => {
    setAdding(false);
    setSecret(text);
  };
  return (
    <SystemPage
      tab="webhooks"
      query={SystemWebhooks}
      variables={{ first: ENDPOINTS, after: turner.after, deliveries: DELIVERIES, state: state === "ALL" ? null : state }}
      find={({ system }) => system?.webhookEndpoints}
    >
      {(endpoints, again) => (
        <Stack>
          <Group justify="space-between">
            <SegmentedControl
              aria-label={t("webhooks.state")}
              data={STATES.map((value) => ({ value, label: t(`webhooks.states.${value}`) }))}
              value={state}
              onChange={(next) => setParameters(next === "ALL" ? {} : { state: next })}
            />
            {mayWrite && (
              <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setAdding(true)}>
                {t("webhooks.new")}
              </Button>
            )}
          </Group>
          {endpoints.nodes.length === 0 && <EmptyState title={t("webhooks.none")}>{t("webhooks.noneText")}</EmptyState>}
          {endpoints.nodes.map((endpoint) => (
            <EndpointCard key={endpoint.id} endpoint={endpoint} mayWrite={mayWrite} again={again} />
          ))}
          <PageTurner turner={turner} pageInfo={endpoints.pageInfo} />
          {isAdding && <NewEndpoint onMade={made} onClose={() => setAdding(false)} />}
          {secret !== undefined && (
            <Secret title={t("webhooks.made")} secret={secret} onClose={() => setSecret(undefined)}>
              {t.rich("webhooks.secretUse", { code: (text) => <Code>{text}</Code> })}
            </Secret>
          )}
        </Stack>
      )}
    </SystemPage>
  );
}

function EndpointCard({ endpoint, mayWrite, again }: { endpoint: Endpoint; mayWrite: boolean; again: () => void }) {
  const t = useTranslations("consoleSystem");
  const { name, host, events, form, failingSince, pausedAt, pauseReason, removedAt, deliveries } = endpoint;
  return (
    <Card
      title={name}
      action={mayWrite && removedAt === null && <EndpointActions id={endpoint.id} name={name} isPaused={pausedAt !== null} again={again} />}
    >
      <Stack gap="sm">
        <Group gap="xs">
          <Code>{host}</Code>
          <Text size="sm" c="dimmed">
            {t(`webhooks.forms.${form}`)}
          </Text>
          <Text size="sm" c="dimmed">
            {events.length === 0 ? t("webhooks.everyEvent") : events.join(", ")}
          </Text>
          {removedAt !== null && <Badge color="gray" variant="light" tt="none">{t("webhooks.removed")}</Badge>}
        </Group>
        {pausedAt !== null && (
          <Alert color="red">
            {t(`webhooks.paused.${pauseReason ?? "FAILING"}`)} <When at={pausedAt} />
          </Alert>
        )}
        {pausedAt === null && removedAt === null && failingSince !== null && (
          <Alert color="yellow">
            {t("webhooks.failing")} <When at={failingSince} />
          </Alert>
        )}
        {deliveries.nodes.length === 0 ? (
          <Text size="sm" c="dimmed">
            {t("webhooks.noDeliveries")}
          </Text>
        ) : (
          <Rows label={t("webhooks.deliveriesOf", { name })} heads={[t("webhooks.event"), t("webhooks.asked"), t("webhooks.standing"), t("webhooks.attempts"), t("webhooks.answer")]}>
            {deliveries.nodes.map((delivery) => (
              <DeliveryLine key={delivery.id} delivery={delivery} mayReplay={mayWrite && removedAt === null} />
            ))}
          </Rows>
        )}
        <Text size="sm" c="dimmed">
          {t("webhooks.shown", { shown: deliveries.nodes.length, count: deliveries.totalCount })}
        </Text>
      </Stack>
    </Card>
  );
}

function DeliveryLine({ delivery, mayReplay }: { delivery: Delivery; mayReplay: boolean }) {
  const t = useTranslations("consoleSystem");
  const { run, isRunning } = useChange(ReplayDelivery);
  const { id, type, body, state, attempts, responseCode, failure, createdAt, nextTryAt } = delivery;
  const replay = async () => {
    const { payload } = await run({ input: { deliveryId: id } });
    if (payload !== undefined) notifications.show({ message: t("webhooks.replayed", { type }) });
  };
  return (
    <Table.Tr>
      <Table.Td>
        <details>
          <summary>{type}</summary>
          <Code block>{JSON.stringify(body, null, 2)}</Code>
        </details>
      </Table.Td>
      <Table.Td>
        <When at={createdAt} />
      </Table.Td>
      <Table.Td>
        {t(`webhooks.states.${state}`)}
        {nextTryAt !== null && state === "PENDING" && (
          <Text size="xs" c="dimmed">
            {t("webhooks.nextTry")} <When at={nextTryAt} />
          </Text>
        )}
      </Table.Td>
      <Table.Td>{attempts}</Table.Td>
      <Table.Td>
        <Group gap="xs">
          {failure === null ? (responseCode ?? "–") : t(`webhooks.failures.${failure}`, { code: responseCode ?? 0 })}
          {mayReplay && (state === "PARKED" || state === "DELIVERED") && (
            <Button size="compact-sm" variant="default" loading={isRunning} aria-label={t("webhooks.replayOf", { type })} onClick={() => void replay()}>
              {t("webhooks.replay")}
            </Button>
          )}
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}
