import { Anchor, Button, Code, Group, Stack, Table, Text } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useTranslations } from "use-intl";
import { Link } from "wouter";
import { useFormatter } from "~/app/format";
import { listOf } from "~/console/accounts/address";
import type { Preview } from "~/console/programs/HealthModelPage";
import { Rows } from "~/console/system/Rows";
import { Amount, type Money } from "~/ui/Amount";
import { Band } from "~/ui/Band";
import { Card } from "~/ui/Card";
import { handOut } from "~/ui/handOut";

/** A year, today included. */
const LOST_WITHIN_DAYS = 364;

/** What a change would do: to the portfolio, to accounts that are lost already, and to the program's files. */
export function Effect({ preview }: { preview: Preview }) {
  const t = useTranslations("consolePrograms");
  return (
    <Stack aria-live="polite">
      <Card title={t("bands")}>
        <Rows label={t("bands")} heads={[t("band"), t("before"), t("after")]} minWidth={260}>
          {preview.bands.map(({ band, before, after }) => (
            <Table.Tr key={band}>
              <Table.Td>
                <Band band={band} />
              </Table.Td>
              <Table.Td>
                <Anchor component={Link} href={listOf({ band: { in: [band] } })} size="sm">
                  {before}
                </Anchor>
              </Table.Td>
              <Table.Td fw={before === after ? undefined : 700}>{after}</Table.Td>
            </Table.Tr>
          ))}
          <Table.Tr>
            <Table.Td>{t("atRisk")}</Table.Td>
            <Table.Td>
              <Sums sums={preview.mrrAtRiskBefore} />
            </Table.Td>
            <Table.Td>
              <Sums sums={preview.mrrAtRiskAfter} />
            </Table.Td>
          </Table.Tr>
        </Rows>
      </Card>
      <Lost preview={preview} />
      <Card title={t("draft")}>
        {preview.files.length === 0 ? (
          <Text size="sm">{t("noDraft")}</Text>
        ) : (
          <Stack gap="sm" align="flex-start">
            <Text size="sm">{t.rich("draftText", { code: (text) => <Code>{text}</Code> })}</Text>
            <Code block>{preview.difference}</Code>
            <Group>
              {preview.files.map(({ name, text }) => (
                <Button key={name} variant="light" leftSection={<IconDownload size={16} aria-hidden />} onClick={() => handOut(name, new Blob([text], { type: "text/plain;charset=utf-8" }))}>
                  {name}
                </Button>
              ))}
            </Group>
          </Stack>
        )}
      </Card>
      <Moved preview={preview} />
    </Stack>
  );
}

function Sums({ sums }: { sums: Money[] }) {
  return sums.length === 0 ? (
    <>–</>
  ) : (
    sums.map((money) => (
      <div key={money.currencyCode}>
        <Amount money={money} isShort />
      </div>
    ))
  );
}

function Moved({ preview: { moved, movedCount } }: { preview: Preview }) {
  const t = useTranslations("consolePrograms");
  const format = useFormatter();
  const points = (score: number | null) => (score === null ? "–" : format.number(Number(score), "score"));
  return (
    <Card title={t("moved", { count: movedCount })}>
      {moved.length === 0 ? (
        <Text size="sm">{t("noneMoved")}</Text>
      ) : (
        <>
          <Rows label={t("moved", { count: movedCount })} heads={[t("account"), t("before"), t("after")]} minWidth={420}>
            {moved.map(({ accountId, name, bandBefore, bandAfter, scoreBefore, scoreAfter }) => (
              <Table.Tr key={accountId}>
                <Table.Td>
                  <Anchor component={Link} href={`/accounts/${accountId}`} size="sm">
                    {name}
                  </Anchor>
                </Table.Td>
                <Table.Td>
                  {points(scoreBefore)} <Band band={bandBefore} />
                </Table.Td>
                <Table.Td>
                  {points(scoreAfter)} <Band band={bandAfter} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Rows>
          {moved.length < movedCount && (
            <Text size="sm" c="dimmed">
              {t("mostRevenue", { shown: moved.length })}
            </Text>
          )}
        </>
      )}
    </Card>
  );
}

function Lost({ preview: { lostCount, warnings, alarms } }: { preview: Preview }) {
  const t = useTranslations("consolePrograms");
  return (
    <Card
      title={t("lost", { count: lostCount })}
      action={
        lostCount > 0 && (
          <Anchor component={Link} href={listOf({ churnedOn: { withinLastDays: LOST_WITHIN_DAYS } })} size="sm">
            {t("allLost", { count: lostCount })}
          </Anchor>
        )
      }
    >
      <Stack gap="xs">
        {warnings.map(({ daysAhead, accountCount, redBefore, redAfter, yellowBefore, yellowAfter }) => (
          <Text key={daysAhead} size="sm">
            {t("warning", { days: daysAhead, count: accountCount, redBefore, redAfter, yellowBefore, yellowAfter })}
          </Text>
        ))}
        {alarms.map(({ daysAhead, accountCount, redBefore, redAfter }) => (
          <Text key={daysAhead} size="sm" c="dimmed">
            {t("alarm", { days: daysAhead, count: accountCount, redBefore, redAfter })}
          </Text>
        ))}
      </Stack>
    </Card>
  );
}
