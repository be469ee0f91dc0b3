import { Badge, Code, Group, Stack, Text } from "@mantine/core";
import { useTranslations } from "use-intl";
import type { ResultOf } from "~/api/graphql";
import { Page } from "~/app/Page";
import { useFormatter } from "~/app/format";
import { ProgramVersions } from "~/console/programs/operations";
import { ProgramsTabs } from "~/console/programs/ProgramsTabs";
import { Card } from "~/ui/Card";
import { EmptyState } from "~/ui/EmptyState";
import { PageTurner, useTurner } from "~/ui/PageTurner";

const SHOWN = 20;
type Version = NonNullable<ResultOf<typeof ProgramVersions>["system"]>["programVersions"]["nodes"][number];

/** The program files as they were applied: which version is live, since when, by whom, and what it changed. */
export function VersionsPage() {
  const t = useTranslations("consolePrograms.versions");
  const turner = useTurner("");
  return (
    <Page
      title={t("title")}
      query={ProgramVersions}
      variables={{ first: SHOWN, after: turner.after }}
      find={({ system }) => system?.programVersions}
    >
      {({ nodes, totalCount, pageInfo }) => (
        <ProgramsTabs tab="versions">
          <Stack>
            <Text size="sm" c="dimmed">
              {t.rich("how", { code: (text) => <Code>{text}</Code> })}
            </Text>
            {nodes.length === 0 && <EmptyState title={t("none")}>{t.rich("noneText", { code: (text) => <Code>{text}</Code> })}</EmptyState>}
            {nodes.map((version, place) => (
              <VersionCard key={version.number} version={version} isLive={turner.isFirst && place === 0} />
            ))}
            <Group justify="space-between">
              <Text size="sm" c="dimmed">
                {t("count", { count: totalCount })}
              </Text>
              <PageTurner turner={turner} pageInfo={pageInfo} />
            </Group>
          </Stack>
        </ProgramsTabs>
      )}
    </Page>
  );
}

function VersionCard({ version, isLive }: { version: Version; isLive: boolean }) {
  const t = useTranslations("consolePrograms.versions");
  const format = useFormatter();
  const { number, appliedAt, appliedBy, difference, fingerprint } = version;
  const at = <time dateTime={appliedAt}>{format.dateTime(new Date(appliedAt), "moment")}</time>;
  return (
    <Card title={t("version", { number })} action={isLive && <Badge tt="none">{t("live")}</Badge>}>
      <Stack gap="xs">
        <Text size="sm">{t.rich(isLive ? "since" : "applied", { at: () => at, by: appliedBy })}</Text>
        {difference.trim() === "" ? (
          <Text size="sm" c="dimmed">
            {t("first")}
          </Text>
        ) : (
          <details open={isLive && number > 1}>
            <summary>{t("changed")}</summary>
            <Code block mt="xs" tabIndex={0}>
              {difference}
            </Code>
          </details>
        )}
        <Text size="xs" c="dimmed">
          {t.rich("fingerprint", { code: () => <Code>{fingerprint.slice(0, 12)}</Code> })}
        </Text>
      </Stack>
    </Card>
  );
}
