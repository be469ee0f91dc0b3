import { Anchor, SegmentedControl, SimpleGrid, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslations } from "use-intl";
import { Link, useSearchParams } from "wouter";
import { useFormatter } from "~/app/format";
import { CODES } from "~/console/system/ingestion";
import { SystemIngestion } from "~/console/system/operations";
import { RejectsCard } from "~/console/system/RejectsCard";
import { SystemPage } from "~/console/system/SystemPage";
import { UnresolvedCard } from "~/console/system/UnresolvedCard";
import { PageSkeleton } from "~/ui/PageSkeleton";
import { useTurner } from "~/ui/PageTurner";

const SHOWN = 25;
const WAITING = "waiting";

/** What comes in: how much, how far behind it is, what was refused and why, and what waits for its account. */
export function IngestionPage() {
  const t = useTranslations("consoleSystem");
  const format = useFormatter();
  const [parameters, setParameters] = useSearchParams();
  const isWaiting = parameters.get("list") === WAITING;
  const code = CODES.find((each) => each === parameters.get("code")) ?? null;
  const sourceId = parameters.get("source");
  const turner = useTurner(`${isWaiting} ${code} ${sourceId}`);
  const choose = (to: { code?: string | null; source?: string | null }) => {
    const wanted = Object.entries({ code, source: sourceId, ...to }).flatMap(([name, value]) => (value === null ? [] : [[name, value]]));
    setParameters(Object.fromEntries(wanted) as Record<string, string>);
  };

  return (
    <SystemPage
      tab="ingestion"
      query={SystemIngestion}
      variables={{ code, sourceId, isWaiting, first: SHOWN, after: turner.after }}
      find={({ sources, system }) => system && { sources, ...system.ingestion }}
    >
      {({ sources, receivedPerMinute, lagSeconds, unresolvedEvents, unresolved, rejects }) => (
        <Stack>
          <SimpleGrid cols={{ base: 1, xs: 3 }}>
            <Figure label={t("ingestion.rate")}>{format.number(receivedPerMinute, "count")}</Figure>
            <Figure label={t("ingestion.lag")}>{t("ingestion.seconds", { count: lagSeconds })}</Figure>
            <Figure label={t("ingestion.unresolved")}>
              {unresolvedEvents === 0 ? (
                format.number(0, "count")
              ) : (
                <Anchor component={Link} href={`/system/ingestion?list=${WAITING}`} inherit aria-label={t("ingestion.unresolvedCount", { count: unresolvedEvents })}>
                  {format.number(unresolvedEvents, "count")}
                </Anchor>
              )}
            </Figure>
          </SimpleGrid>
          <SegmentedControl
            aria-label={t("ingestion.list")}
            style={{ alignSelf: "start" }}
            data={(["refused", WAITING] as const).map((value) => ({ value, label: t(`ingestion.lists.${value}`) }))}
            value={isWaiting ? WAITING : "refused"}
            onChange={(next) => setParameters(next === WAITING ? { list: WAITING } : {})}
          />
          {(isWaiting ? unresolved : rejects) == null && <PageSkeleton />}
          {isWaiting && unresolved != null && <UnresolvedCard unresolved={unresolved} turner={turner} />}
          {!isWaiting && rejects != null && <RejectsCard rejects={rejects} sources={sources} code={code} sourceId={sourceId} onChoose={choose} turner={turner} />}
        </Stack>
      )}
    </SystemPage>
  );
}

function Figure({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <Text size="sm" c="dimmed">
        {label}
      </Text>
      <Text fz="xl" fw={700}>
        {children}
      </Text>
    </div>
  );
}
