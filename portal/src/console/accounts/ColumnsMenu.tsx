import { Button, Menu } from "@mantine/core";
import { IconColumns } from "@tabler/icons-react";
import { useTranslations } from "use-intl";
import classes from "~/console/accounts/Builder.module.css";
import { COLUMNS, traitColumn } from "~/console/accounts/columns";
import type { Vocabulary } from "~/console/accounts/wording";

type Props = { columns: string[]; vocabulary: Vocabulary; onChange: (columns: string[]) => void };

/** What the list shows of each account. A column that is added comes where it stands in this menu. */
export function ColumnsMenu({ columns, vocabulary, onChange }: Props) {
  const t = useTranslations("consoleAccounts");
  const all = [
    ...COLUMNS.map((name) => ({ name: name as string, label: t(`columns.${name}`) })),
    ...(vocabulary.traits ?? []).map(({ key, name }) => ({ name: traitColumn(key), label: name })),
  ];
  const turn = (name: string) => {
    const order = all.map((each) => each.name);
    if (columns.includes(name)) onChange(columns.filter((each) => each !== name));
    else onChange([...columns, name].toSorted((one, other) => order.indexOf(one) - order.indexOf(other)));
  };
  return (
    <Menu withinPortal position="bottom-end" closeOnItemClick={false}>
      <Menu.Target>
        <Button size="compact-md" fz="sm" variant="default" leftSection={<IconColumns size={16} aria-hidden />}>
          {t("columnsLabel")}
        </Button>
      </Menu.Target>
      <Menu.Dropdown mah={420} className={classes.fields}>
        {all.map(({ name, label }) => (
          <Menu.CheckboxItem key={name} checked={columns.includes(name)} disabled={name === "name"} onChange={() => turn(name)}>
            {label}
          </Menu.CheckboxItem>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
