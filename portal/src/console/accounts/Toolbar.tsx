import { Button, Group } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { memo } from "react";
import { useTranslations } from "use-intl";
import { fileOf, type ListState } from "~/console/accounts/address";
import { Builder } from "~/console/accounts/Builder";
import { ColumnsMenu } from "~/console/accounts/ColumnsMenu";
import { conditionsOf, filterOf } from "~/console/accounts/filter";
import type { SavedView } from "~/console/accounts/view";
import { Views } from "~/console/accounts/Views";
import type { Vocabulary } from "~/console/accounts/wording";
import { SearchField } from "~/ui/SearchField";

type Props = {
  state: ListState;
  views: SavedView[];
  begins: SavedView | null;
  vocabulary: Vocabulary;
  onChange: (state: Partial<ListState>) => void;
  onAgain: () => void;
};

/** What changes the list. It stays as it is while accounts are chosen, so that a press on a box is answered at once. */
export const Toolbar = memo(function Toolbar({ state, views, begins, vocabulary, onChange, onAgain }: Props) {
  const t = useTranslations("consoleAccounts");
  const { filter } = state;
  const search = (text: string) => {
    const rest = conditionsOf(filter).filter(({ field }) => field !== "text");
    onChange({ filter: filterOf(text === "" ? rest : [...rest, { field: "text", value: text }]) });
  };
  return (
    <>
      <Group gap="xs">
        <Views state={state} views={views} begins={begins} onChanged={onAgain} />
        <SearchField label={t("search")} text={filter.text ?? ""} onSearch={search} />
        <ColumnsMenu columns={state.columns} vocabulary={vocabulary} onChange={(some) => onChange({ columns: some })} />
        <Button component="a" href={fileOf(state)} download size="compact-md" fz="sm" variant="default" leftSection={<IconDownload size={16} aria-hidden />}>
          {t("export")}
        </Button>
      </Group>
      <Builder filter={filter} vocabulary={vocabulary} onChange={(to) => onChange({ filter: to })} />
    </>
  );
});
