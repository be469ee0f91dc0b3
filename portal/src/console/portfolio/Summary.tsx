import { Anchor, Paper, SegmentedControl, SimpleGrid, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslations } from "use-intl";
import { Link } from "wouter";
import type { ResultOf } from "~/api/graphql";
import { useFormatter } from "~/app/format";
import { listOf } from "~/console/accounts/address";
import type { AccountFilter } from "~/console/accounts/filter";
import type { Tone } from "~/console/Mark";
import { NearSynonyms } from "~/console/NearSynonyms";
import { Bars, type Bar } from "~/console/portfolio/Bars";
import classes from "~/console/portfolio/Bars.module.css";
import { atRiskOf, bandOf, both, categoryOf, groupOf, monthOf, type Facet, type Way } from "~/console/portfolio/facets";
import { Sums } from "~/console/portfolio/Sums";
import type { PortfolioQuery } from "~/console/portfolio/operations";
import { AccountLines, All } from "~/console/today/AccountLines";
import { Card } from "~/ui/Card";
import { noonOf } from "~/ui/days";
import { EmptyState } from "~/ui/EmptyState";

type Portfolio = ResultOf<typeof PortfolioQuery>["chosen"];
/** `seesSources`: whether the reader has the page that says what is measured. */
type Props = { portfolio: Portfolio; seesSources: boolean; filter: AccountFilter; by: Way; onBy: (way: Way) => void };

const CATEGORIES = ["CRITICAL", "AT_RISK", "MONITOR", "SECURE", "UNKNOWN"] as const;
const BANDS = ["RED", "YELLOW", "GREEN", "INSUFFICIENT_DATA"] as const;

/** The figures of a portfolio; each leads to the list with that count. */
export function Summary({ portfolio, seesSources, filter, by, onBy }: Props) {
  const t = useTranslations("consolePortfolio");
  const accounts = useTranslations("consoleAccounts");
  const bands = useTranslations("shared.bands");
  const format = useFormatter();
  const barsOf = useFacetBars(filter);
  const groups = portfolio.byTier ?? portfolio.byIndustry ?? portfolio.byCsm ?? [];
  const countOf = (facets: Facet[], key: string) => facets.find((each) => each.key === key)?.count ?? 0;
  const atRisk = countOf(portfolio.byCategory, "AT_RISK") + countOf(portfolio.byCategory, "CRITICAL");
  const riskyFilter = atRiskOf(filter);

  if (portfolio.accountCount === 0) return <EmptyState title={t("none")}>{t("noneText")}</EmptyState>;
  return (
    <Stack>
      <SimpleGrid cols={{ base: 2, md: 4 }}>
        <Figure label={t("atRisk")} to={listOf(riskyFilter, { field: "MRR", direction: "DESC", window: "DAYS_7" })} note={t("accountsAtRisk", { count: atRisk })}>
          <Sums sums={portfolio.mrrAtRisk} />
        </Figure>
        <Figure label={t("mrr")} to={listOf(filter, { field: "MRR", direction: "DESC", window: "DAYS_7" })} note={t("perMonth")}>
          <Sums sums={portfolio.mrr} />
        </Figure>
        <Figure label={t("accounts")} to={listOf(filter)}>
          {format.number(portfolio.accountCount, "count")}
        </Figure>
        <Figure label={t("coverage")} note={t("coverageNote")} {...(seesSources ? { to: "/system/sources" } : {})}>
          {portfolio.coverage === null ? "–" : format.number(portfolio.coverage, "share")}
        </Figure>
      </SimpleGrid>
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <Card title={t("byCategory")}>
          <Bars
            label={t("byCategory")}
            bars={CATEGORIES.map((key) => ({
              key,
              label: accounts(`categories.${key}`),
              tone: key satisfies Tone,
              count: countOf(portfolio.byCategory, key),
              to: listOf(both(filter, categoryOf(key))),
              aside: <Sums sums={portfolio.byCategory.find((each) => each.key === key)?.mrr ?? []} isDimmed />,
            }))}
          />
          <NearSynonyms />
        </Card>
        <Card title={t("byBand")}>
          <Bars
            label={t("byBand")}
            bars={BANDS.map((key) => ({
              key,
              label: bands(key),
              tone: key satisfies Tone,
              count: countOf(portfolio.byBand, key),
              to: listOf(both(filter, bandOf(key))),
              aside: <Sums sums={portfolio.byBand.find((each) => each.key === key)?.mrr ?? []} isDimmed />,
            }))}
          />
        </Card>
        <Card
          title={t("groups")}
          action={
            <SegmentedControl
              size="xs"
              aria-label={t("groups")}
              data={(["tier", "industry", "csmId"] as const).map((value) => ({ value, label: t(`by.${value}`) }))}
              value={by}
              onChange={(way) => onBy(way as Way)}
            />
          }
        >
          <Bars label={t("groups")} bars={barsOf(groups, (key) => groupOf(by, key), ({ name }) => (name === "" ? t("without") : name))} />
        </Card>
        <Card
          title={t("renewals")}
          action={
            <Anchor component={Link} href="/renewals" size="sm">
              {t("allRenewals")}
            </Anchor>
          }
        >
          <Bars
            label={t("renewals")}
            bars={barsOf(portfolio.byRenewalMonth, monthOf, ({ key }) => format.dateTime(noonOf(`${key}-15`), { month: "long", year: "numeric" }))}
          />
        </Card>
        <Card title={t("falling")} action={<All filter={{ ...filter, healthChange: { days: 7, delta: { lt: 0 } } }} order={{ field: "HEALTH_CHANGE", direction: "ASC", window: "DAYS_7" }} count={portfolio.falling.totalCount} />}>
          <AccountLines matter="movers" accounts={portfolio.falling.nodes} />
        </Card>
        <Card title={t("rising")} action={<All filter={{ ...filter, healthChange: { days: 7, delta: { gt: 0 } } }} order={{ field: "HEALTH_CHANGE", direction: "DESC", window: "DAYS_7" }} count={portfolio.rising.totalCount} />}>
          <AccountLines matter="movers" accounts={portfolio.rising.nodes} />
        </Card>
      </SimpleGrid>
    </Stack>
  );
}

/** Groups as bars, each with its share at risk. */
export function useFacetBars(filter: AccountFilter) {
  const t = useTranslations("consolePortfolio");
  return (facets: Facet[], within: (key: string) => AccountFilter, label: (facet: Facet) => ReactNode): Bar[] =>
    facets.map((each) => {
      const group = both(filter, within(each.key));
      return {
        key: each.key,
        label: label(each),
        count: each.count,
        to: listOf(group),
        risk: { count: each.atRiskCount, to: listOf(atRiskOf(group)), label: t("ofThemAtRisk", { count: each.atRiskCount }) },
        aside: <Sums sums={each.mrr} isDimmed />,
      };
    });
}

type FigureProps = { label: string; to?: string; note?: string; children: ReactNode };

function Figure({ label, to, note, children }: FigureProps) {
  return (
    <Paper withBorder p="md">
      <Text size="sm" c="dimmed">
        {label}
      </Text>
      {to === undefined ? (
        <div className={classes.figure}>{children}</div>
      ) : (
        <Anchor component={Link} href={to} className={classes.figure}>
          {children}
        </Anchor>
      )}
      {note !== undefined && (
        <Text size="xs" c="dimmed">
          {note}
        </Text>
      )}
    </Paper>
  );
}
