import { Alert, Box, Button, Group, Stack, Text } from "@mantine/core";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { useCallback, useDeferredValue, useState } from "react";
import { useSubscription } from "urql";
import { useTranslations } from "use-intl";
import type { ResultOf } from "~/api/graphql";
import { AccountsTable } from "~/console/accounts/AccountsTable";
import type { ListState, stateIn } from "~/console/accounts/address";
import { ChooseAll, MOST } from "~/console/accounts/ChooseAll";
import type { ChosenAccount } from "~/console/accounts/line";
import { AccountsMoved, type AccountsQuery } from "~/console/accounts/operations";
import { Selection } from "~/console/accounts/Selection";
import { Toolbar } from "~/console/accounts/Toolbar";
import type { Vocabulary } from "~/console/accounts/wording";
import { NearSynonyms } from "~/console/NearSynonyms";
import { EmptyState } from "~/ui/EmptyState";

type Props = {
  state: ReturnType<typeof stateIn>;
  data: ResultOf<typeof AccountsQuery>;
  /** Whether the data are still those of another state. */
  isStale: boolean;
  vocabulary: Vocabulary;
  onChange: (state: Partial<ListState>) => void;
  onAgain: () => void;
};

/** The list with all that changes it. */
export function AccountsList({ state, data, isStale, vocabulary, onChange, onAgain }: Props) {
  const t = useTranslations("consoleAccounts");
  const { filter, order } = state;
  const { nodes, pageInfo, totalCount, totalCountIsCapped } = data.accounts;
  const accounts = useDeferredValue(nodes);
  const [chosen, setChosen] = useState<ReadonlyMap<string, ChosenAccount>>(new Map());
  const columns = useDeferredValue(state.columns);
  useSubscription({ query: AccountsMoved, variables: { accountIds: nodes.map(({ id }) => id) }, pause: nodes.length === 0 });

  const choose = useCallback((some: ChosenAccount[], isChosen: boolean) => {
    setChosen((before) => {
      const after = new Map(before);
      for (const account of some) {
        if (isChosen) after.set(account.id, account);
        else after.delete(account.id);
      }
      return after;
    });
  }, []);
  /** The cursors of another list lead nowhere in this one. */
  const turn = (to: Partial<ListState>) => {
    if (!isStale) onChange(to);
  };
  const isPageChosen = nodes.length > 0 && nodes.every(({ id }) => chosen.has(id));
  const isFiltered = Object.keys(filter).length > 0;

  return (
    <Stack gap="sm">
      <Toolbar state={state} views={data.savedViews.nodes} begins={data.viewer?.defaultView ?? null} vocabulary={vocabulary} onChange={onChange} onAgain={onAgain} />
      {state.isUnreadable && <Alert color="orange">{t("unreadable")}</Alert>}
      <Text size="sm" c="dimmed" aria-live="polite" aria-busy={isStale}>
        {t("count", { count: totalCount, isCapped: String(totalCountIsCapped) })}
      </Text>
      <Selection chosen={[...chosen.values()]} vocabulary={vocabulary} onClear={() => setChosen(new Map())}>
        {isPageChosen && !isStale && chosen.size < Math.min(totalCount, MOST) && (
          <ChooseAll filter={filter} order={order} count={totalCount} onChosen={(all) => choose(all, true)} />
        )}
      </Selection>
      {nodes.length === 0 ? (
        <Box opacity={isStale ? 0.55 : 1} aria-busy={isStale}>
          <EmptyState title={t(isFiltered ? "none" : "noneYet")} action={isFiltered && <Button onClick={() => onChange({ filter: {} })}>{t("showAll")}</Button>}>
            {t(isFiltered ? "noneText" : "noneYetText")}
          </EmptyState>
        </Box>
      ) : (
        <AccountsTable
          accounts={accounts}
          columns={columns}
          order={order}
          vocabulary={vocabulary}
          chosen={chosen}
          isMoving={isStale || accounts !== nodes || columns !== state.columns}
          onOrder={(to) => onChange({ order: to })}
          onChoose={choose}
        />
      )}
      {columns.includes("score") && columns.includes("category") && <NearSynonyms />}
      <Group justify="space-between">
        <Button
          variant="default"
          size="sm"
          disabled={!pageInfo.hasPreviousPage}
          leftSection={<IconChevronLeft size={16} aria-hidden />}
          onClick={() => turn({ before: pageInfo.startCursor ?? undefined })}
        >
          {t("previous")}
        </Button>
        <Button
          variant="default"
          size="sm"
          disabled={!pageInfo.hasNextPage}
          rightSection={<IconChevronRight size={16} aria-hidden />}
          onClick={() => turn({ after: pageInfo.endCursor ?? undefined })}
        >
          {t("next")}
        </Button>
      </Group>
    </Stack>
  );
}
