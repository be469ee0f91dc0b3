import { Anchor, Badge, Code, Group, Paper, Progress, Stack, Text, ThemeIcon, Title } from "@mantine/core";
import { IconCheck, IconCircle } from "@tabler/icons-react";
import { useTranslations } from "use-intl";
import { Link } from "wouter";
import type { ResultOf } from "~/api/graphql";
import { Command } from "~/console/setup/Command";
import commands from "~/console/setup/commands.json";
import { SetupQuery } from "~/console/setup/operations";
import { SystemPage } from "~/console/system/SystemPage";
import { daysAgo } from "~/ui/days";

type Step = NonNullable<ResultOf<typeof SetupQuery>["system"]>["setupSteps"][number];

const KEYS = ["organization", "program", "source", "accounts", "usage", "scores", "alerts", "team", "customers"] as const;
const SCORED_DAYS = 90;

/** What is done at the command line for a step; the words beside it are in the catalogue, under the same key. */
const commandsOf = (key: (typeof KEYS)[number]): string[] =>
  commands[key].map((each) => each.replace("FIRST_DAY", daysAgo(SCORED_DAYS)));

/** The way from an empty Waymark to one's own accounts, ranked and explained: what is done, and how the rest is done. */
export function SetupPage() {
  const t = useTranslations("consoleSetup");
  return (
    <SystemPage tab="setup" query={SetupQuery} variables={{}} find={({ organization, system }) => system && { isDemo: organization?.isDemo === true, steps: system.setupSteps }}>
      {({ isDemo, steps }) => {
        const done = steps.filter(({ isDone }) => isDone).length;
        const next = steps.find(({ isDone }) => !isDone)?.key;
        return (
          <Stack maw={860}>
            {isDemo ? (
              <>
                <Text>{t("demo")}</Text>
                <Command text="waymark demo leave" />
              </>
            ) : (
              <Text>{t(next === undefined ? "allDone" : "lead")}</Text>
            )}
            {(isDemo || next !== undefined) && (
              <Text size="sm" c="dimmed">
                {t.rich("whereTyped", { code: (text) => <Code>{text}</Code> })}
              </Text>
            )}
            <div>
              <Text size="sm" c="dimmed" mb={4}>
                {t("progress", { done, count: steps.length })}
              </Text>
              <Progress value={(100 * done) / Math.max(steps.length, 1)} aria-label={t("progressLabel")} />
            </div>
            <Stack component="ol" gap="sm" m={0} p={0} style={{ listStyle: "none" }}>
              {steps.map((step) => (
                <Line key={step.key} step={step} isNext={step.key === next} />
              ))}
            </Stack>
          </Stack>
        );
      }}
    </SystemPage>
  );
}

function Line({ step, isNext }: { step: Step; isNext: boolean }) {
  const t = useTranslations("consoleSetup");
  const { key, title, isDone, href, detail } = step;
  const known = KEYS.find((each) => each === key);
  const Picture = isDone ? IconCheck : IconCircle;
  return (
    <Paper component="li" withBorder p="md" {...(isNext ? { bd: "2px solid var(--mantine-primary-color-filled)" } : {})}>
      <Group align="flex-start" wrap="nowrap">
        <ThemeIcon variant={isDone ? "filled" : "default"} radius="xl" aria-hidden>
          <Picture size={16} />
        </ThemeIcon>
        <Stack gap="xs" miw={0} flex={1}>
          <Group justify="space-between" gap="xs">
            <Title order={2} size="h5">
              {known === undefined ? title : t(`titles.${known}`)}
            </Title>
            <Group gap="xs">
              {isNext && <Badge tt="none">{t("next")}</Badge>}
              <Text size="sm" c="dimmed">
                {t(isDone ? "done" : "open")}
              </Text>
            </Group>
          </Group>
          {isDone && detail !== null && (
            <Text size="sm" c="dimmed">
              {detail}
            </Text>
          )}
          {!isDone && known !== undefined && (
            <>
              <Text size="sm">{t.rich(`how.${known}`, { code: (text) => <Code>{text}</Code> })}</Text>
              {commandsOf(known).map((text) => (
                <Command key={text} text={text} />
              ))}
            </>
          )}
          {href !== "/system/setup" && (
            <Anchor component={Link} href={href} size="sm" w="fit-content">
              {known === undefined ? t("goThere") : t(`where.${known}`)}
            </Anchor>
          )}
        </Stack>
      </Group>
    </Paper>
  );
}
