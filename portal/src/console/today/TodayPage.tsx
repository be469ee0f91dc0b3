import { Alert, Anchor, Divider, SegmentedControl, SimpleGrid, Stack } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { useSubscription } from "urql";
import { useTranslations } from "use-intl";
import { Link, useSearchParams } from "wouter";
import type { ResultOf } from "~/api/graphql";
import { Page } from "~/app/Page";
import type { AccountFilter, AccountOrder } from "~/console/accounts/filter";
import { NearSynonyms } from "~/console/NearSynonyms";
import { SetupOffer } from "~/console/setup/SetupOffer";
import { NewTask } from "~/console/tasks/NewTask";
import { TaskList } from "~/console/tasks/TaskList";
import { AccountLines, All } from "~/console/today/AccountLines";
import { AlertGroups } from "~/console/today/AlertGroups";
import { Celebrations } from "~/console/today/Celebrations";
import { TodayAlertMoved, TodayHealthMoved, TodayQuery, TodayTaskMoved } from "~/console/today/operations";
import { useMay } from "~/console/useMay";
import { Card } from "~/ui/Card";

const WHOSE = ["mine", "all"] as const;
type Whose = (typeof WHOSE)[number];
type Filters = Record<"customers" | "falling" | "rising" | "renewing" | "untouched", AccountFilter>;

const MOVED: AccountOrder = { field: "HEALTH_CHANGE", direction: "ASC", window: "DAYS_7" };
const RENEWING: AccountOrder = { field: "RENEWS_ON", direction: "ASC", window: "DAYS_7" };
const TOUCHED: AccountOrder = { field: "LAST_TOUCH", direction: "ASC", window: "DAYS_7" };

/** What each list of the day holds; the link beside it leads to all of the same. */
const filtersOf = (whose: AccountFilter): Filters => {
  const customers = { ...whose, churnedOn: { isNull: true } };
  return {
    customers,
    falling: { ...customers, healthChange: { days: 7, delta: { lt: 0 } } },
    rising: { ...customers, healthChange: { days: 7, delta: { gt: 0 } } },
    renewing: { ...customers, renewsOn: { withinNextDays: 30 } },
    untouched: { ...customers, not: { lastTouch: { withinLastDays: 30 } } },
  };
};

/** What there is to do today: for one's own accounts, or for everybody's. */
export function TodayPage() {
  const t = useTranslations("consoleToday");
  const [parameters, setParameters] = useSearchParams();
  // What was chosen last in this browser is shown where the address says nothing.
  const [last, keep] = useLocalStorage<Whose>({ key: "waymark.today.whose", defaultValue: "mine", getInitialValueInEffect: false });
  const told = WHOSE.find((each) => each === parameters.get("whose"));
  const whose = told ?? last;
  const choose = (to: Whose) => {
    keep(to);
    // Back would lead from it to an address that shows the same.
    setParameters({ whose: to }, { replace: told === undefined });
  };
  const own: AccountFilter = whose === "mine" ? { isMine: true } : {};
  const filters = filtersOf(own);
  useSubscription({ query: TodayAlertMoved });
  useSubscription({ query: TodayTaskMoved });
  return (
    <Page title={t("title")} query={TodayQuery} variables={{ whose: own, ...filters }} find={(data) => data}>
      {(data) => (
        <Stack>
          <SegmentedControl
            w="fit-content"
            aria-label={t("whose")}
            data={[
              { value: "mine", label: t("mine") },
              { value: "all", label: t("everybody") },
            ]}
            value={whose}
            onChange={(value) => choose(value as Whose)}
          />
          {data.organization?.isDemo === false && (data.setup?.openStepCount ?? 0) > 0 && <SetupOffer count={data.setup?.openStepCount ?? 0} />}
          {whose === "mine" && data.mine.nodes.length === 0 && (
            <Alert color="blue">
              {t("noneMine")}{" "}
              <Anchor component="button" size="sm" onClick={() => choose("all")}>
                {t("showAll")}
              </Anchor>
            </Alert>
          )}
          <Day data={data} filters={filters} isMine={whose === "mine"} />
        </Stack>
      )}
    </Page>
  );
}

type DayProps = { data: ResultOf<typeof TodayQuery>; filters: Filters; isMine: boolean };

function Day({ data, filters, isMine }: DayProps) {
  const t = useTranslations("consoleToday");
  const { viewer, myTasks, mine, alertGroups, falling, rising, celebrating, renewing, untouched } = data;
  const may = useMay();
  const shown = [falling, rising, renewing, untouched].flatMap(({ nodes }) => nodes.map(({ id }) => id));
  const accountIds = [...new Set(shown)];
  useSubscription({ query: TodayHealthMoved, variables: { accountIds }, pause: accountIds.length === 0 });

  return (
    <SimpleGrid cols={{ base: 1, md: 2 }}>
      <Stack>
        <Card title={t("tasks.title")} action={may("tasks:write") && <NewTask me={viewer?.staff?.id} accounts={mine.nodes} />}>
          <TaskList tasks={myTasks.nodes} mayWrite={may("tasks:write")} />
          {myTasks.totalCount > myTasks.nodes.length && (
            <Anchor component={Link} href="/tasks" size="sm">
              {t("tasks.all", { count: myTasks.totalCount })}
            </Anchor>
          )}
        </Card>
        <Card
          title={t("alerts.title")}
          action={
            <Anchor component={Link} href={isMine ? "/alerts?whose=mine" : "/alerts"} size="sm">
              {t("alerts.accounts", { count: alertGroups.totalCount })}
            </Anchor>
          }
        >
          <AlertGroups groups={alertGroups.nodes} mayWrite={may("alerts:write")} />
        </Card>
      </Stack>
      <Stack>
        <Card title={t("movers.falling")} action={<All filter={filters.falling} order={MOVED} count={falling.totalCount} />}>
          <AccountLines matter="movers" accounts={falling.nodes} />
          {rising.nodes.length > 0 && (
            <>
              <Divider my="sm" label={t("movers.rising")} labelPosition="left" />
              <AccountLines matter="movers" accounts={rising.nodes} />
              <All filter={filters.rising} order={{ ...MOVED, direction: "DESC" }} count={rising.totalCount} />
            </>
          )}
        </Card>
        <Celebrations accounts={celebrating.nodes} />
        <Card title={t("renewing.title")} action={<All filter={filters.renewing} order={RENEWING} count={renewing.totalCount} />}>
          <AccountLines matter="renewing" accounts={renewing.nodes} />
        </Card>
        <Card title={t("untouched.title")} action={<All filter={filters.untouched} order={TOUCHED} count={untouched.totalCount} />}>
          <AccountLines matter="untouched" accounts={untouched.nodes} />
        </Card>
        {[falling, rising, renewing, untouched].some(({ nodes }) => nodes.length > 0) && <NearSynonyms />}
      </Stack>
    </SimpleGrid>
  );
}
