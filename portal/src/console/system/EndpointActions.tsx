import { Button, Code, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { once } from "~/api/once";
import { IN_PLACE, useChange } from "~/api/useChange";
import { RemoveWebhookEndpoint, RotateWebhookSecret, TestWebhookEndpoint } from "~/console/system/changes/operations";
import { ResumeWebhookEndpoint } from "~/console/system/operations";
import { Secret } from "~/console/system/Secret";
import { Confirm } from "~/ui/Confirm";

const ANSWERS_MS = 2_500;

type Props = { id: string; name: string; isPaused: boolean; again: () => void };

/** What can be done with an endpoint: try it, go on after a pause, change its secret, send nothing there any more. */
export function EndpointActions({ id, name, isPaused, again }: Props) {
  const t = useTranslations("consoleSystem.webhooks");
  const test = useChange(TestWebhookEndpoint);
  const resume = useChange(ResumeWebhookEndpoint);
  const rotate = useChange(RotateWebhookSecret, IN_PLACE);
  const remove = useChange(RemoveWebhookEndpoint, IN_PLACE);
  const [asked, setAsked] = useState<"rotate" | "remove">();
  const [secret, setSecret] = useState<string>();
  const input = { webhookEndpointId: id };

  const tested = async () => {
    const { payload } = await test.run({ input: { ...input, idempotencyKey: once() } });
    if (payload === undefined) return;
    notifications.show({ message: t("tested", { name }) });
    setTimeout(again, ANSWERS_MS);
  };
  const resumed = async () => {
    const { payload } = await resume.run({ input });
    if (payload !== undefined) notifications.show({ message: t("resumed", { name }) });
  };
  const rotated = async () => {
    const outcome = await rotate.run({ input });
    if (outcome.payload !== undefined) setSecret(outcome.payload.secret ?? "");
    return outcome;
  };
  const removed = () => {
    setAsked(undefined);
    notifications.show({ message: t("wasRemoved", { name }) });
  };
  return (
    <Group gap={4}>
      {isPaused ? (
        <Button
          size="compact-sm"
          loading={resume.isRunning}
          aria-label={t("resumeOf", { name })}
          onClick={() => void resumed()}
        >
          {t("resume")}
        </Button>
      ) : (
        <Button size="compact-sm" variant="light" loading={test.isRunning} aria-label={t("testOf", { name })} onClick={() => void tested()}>
          {t("test")}
        </Button>
      )}
      <Button size="compact-sm" variant="subtle" aria-label={t("rotateOf", { name })} onClick={() => setAsked("rotate")}>
        {t("rotate")}
      </Button>
      <Button size="compact-sm" variant="subtle" color="red" aria-label={t("removeOf", { name })} onClick={() => setAsked("remove")}>
        {t("remove")}
      </Button>
      {asked === "rotate" && (
        <Confirm
          title={t("rotateOf", { name })}
          action={t("rotate")}
          isHarmful={false}
          run={rotated}
          onDone={() => setAsked(undefined)}
          onClose={() => setAsked(undefined)}
        >
          <Text size="sm">{t("rotateText")}</Text>
        </Confirm>
      )}
      {asked === "remove" && (
        <Confirm title={t("removeOf", { name })} action={t("remove")} run={() => remove.run({ input })} onDone={removed} onClose={() => setAsked(undefined)}>
          <Text size="sm">{t("removeText")}</Text>
        </Confirm>
      )}
      {secret !== undefined && (
        <Secret title={t("secretOf", { name })} secret={secret} onClose={() => setSecret(undefined)}>
          {t.rich("secretUse", { code: (text) => <Code>{text}</Code> })}
        </Secret>
      )}
    </Group>
  );
}
