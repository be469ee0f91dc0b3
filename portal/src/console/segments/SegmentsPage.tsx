import { Anchor, Group, Stack, Table, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslations } from "use-intl";
import { Link } from "wouter";
import { Page } from "~/app/Page";
import { AccountsTabs } from "~/console/accounts/AccountsTabs";
import { addressOf } from "~/console/accounts/address";
import type { AccountFilter } from "~/console/accounts/filter";
import { GIVEN, stateOf, type SavedView } from "~/console/accounts/view";
import { SegmentsQuery } from "~/console/segments/operations";
import { EmptyState } from "~/ui/EmptyState";
import { PageTurner, useTurner } from "~/ui/PageTurner";

type Count = { totalCount: number; totalCountIsCapped: boolean };

const filterOf = (label: (typeof GIVEN)[number]["label"]): AccountFilter => GIVEN.find((each) => each.label === label)?.state.filter ?? {};
const FILTERS = { mine: filterOf("mine"), atRisk: filterOf("atRisk"), renewing: filterOf("renewing") };

/** The filters that are kept under a name, each with how many accounts it holds today. */
export function SegmentsPage() {
  const t = useTranslations("consoleSegments");
  const views = useTranslations("consoleAccounts.views");
  const turner = useTurner("");
  return (
    <Page title={t("title")} query={SegmentsQuery} variables={{ ...FILTERS, after: turner.after }} find={(data) => data}>
      {({ savedViews, ...found }) => (
        <AccountsTabs tab="segments">
          <Stack>
            <Text size="sm" c="dimmed">
              {t("lead")}
            </Text>
            <Table.ScrollContainer minWidth={420}>
              <Table>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{t("name")}</Table.Th>
                    <Table.Th>{t("owner")}</Table.Th>
                    <Table.Th ta="right">{t("count")}</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {turner.isFirst &&
                    GIVEN.map(({ label, state }) => (
                      <Line key={label} name={views(label)} owner={t("given")} to={addressOf(state)}>
                        <Counted count={found[label]} to={addressOf(state)} />
                      </Line>
                    ))}
                  {savedViews.nodes.map((view) => (
                    <Line key={view.id} name={view.name} owner={<Owner view={view} />} to={addressOf(stateOf(view))}>
                      {view.accounts === null ? t("unusable") : <Counted count={view.accounts} to={addressOf(stateOf(view))} />}
                    </Line>
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
            {savedViews.totalCount === 0 && <EmptyState title={t("noneKept")}>{t("noneKeptText")}</EmptyState>}
            <Group justify="flex-end">
              <PageTurner turner={turner} pageInfo={savedViews.pageInfo} />
            </Group>
          </Stack>
        </AccountsTabs>
      )}
    </Page>
  );
}

type LineProps = { name: string; owner: ReactNode; to: string; children: ReactNode };

function Line({ name, owner, to, children }: LineProps) {
  return (
    <Table.Tr>
      <Table.Td>
        <Anchor component={Link} href={to} size="sm" fw={600}>
          {name}
        </Anchor>
      </Table.Td>
      <Table.Td>{owner}</Table.Td>
      <Table.Td ta="right">{children}</Table.Td>
    </Table.Tr>
  );
}

function Owner({ view: { isMine, isShared, owner } }: { view: SavedView }) {
  const t = useTranslations("consoleSegments");
  return isMine ? t(isShared ? "mineShared" : "mine") : owner?.displayName;
}

function Counted({ count: { totalCount, totalCountIsCapped }, to }: { count: Count; to: string }) {
  const t = useTranslations("consoleSegments");
  return (
    <Anchor component={Link} href={to} size="sm">
      {t(totalCountIsCapped ? "accountsCapped" : "accounts", { count: totalCount })}
    </Anchor>
  );
}
