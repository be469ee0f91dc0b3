import { ActionIcon, Button, Group, Menu, Stack, Text, Textarea } from "@mantine/core";
import { IconBraces, IconFilterPlus, IconX } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslations } from "use-intl";
import classes from "~/console/accounts/Builder.module.css";
import { ConditionEditor } from "~/console/accounts/ConditionEditor";
import { FIELDS, KINDS, conditionsOf, filterIn, filterOf, isObject, type AccountFilter, type Condition, type Named } from "~/console/accounts/filter";
import { useWording, type Vocabulary } from "~/console/accounts/wording";
import { Dialog } from "~/ui/Dialog";

type Props = { filter: AccountFilter; vocabulary: Vocabulary; onChange: (filter: AccountFilter) => void };
type Edited = { field: Named; at?: number } | "json" | undefined;

/** The filter as a row of conditions, each of which can be changed and taken away; the whole of it can be written as JSON. */
export function Builder({ filter, vocabulary, onChange }: Props) {
  const t = useTranslations("consoleAccounts");
  const wording = useWording(vocabulary);
  const [edited, setEdited] = useState<Edited>();
  const conditions = conditionsOf(filter);
  const close = () => setEdited(undefined);

  const apply = (condition: Condition, at?: number) => {
    onChange(filterOf(at === undefined ? [...conditions, condition] : conditions.with(at, condition)));
    close();
  };
  return (
    <>
      <Group gap={6} role="group" aria-label={t("builder.label")}>
        {conditions.map((condition, at) => {
          if (condition.field === "text") return null;
          const words = wording.condition(condition);
          const kind = KINDS[condition.field];
          // An address may hold a value that no form can.
          const isJson = kind === "json" || (kind === "yes" ? typeof condition.value !== "boolean" : !isObject(condition.value));
          return (
            <span key={`${condition.field} ${String(at)}`} className={classes.condition}>
              <button
                type="button"
                className={classes.words}
                aria-label={t("builder.edit", { condition: words })}
                onClick={() => setEdited(isJson ? "json" : { field: condition.field as Named, at })}
              >
                {words}
              </button>
              <ActionIcon
                size="sm"
                variant="subtle"
                color="gray"
                aria-label={t("builder.remove", { condition: words })}
                onClick={() => onChange(filterOf(conditions.toSpliced(at, 1)))}
              >
                <IconX size={14} aria-hidden />
              </ActionIcon>
            </span>
          );
        })}
        <Menu withinPortal position="bottom-start">
          <Menu.Target>
            <Button size="compact-sm" variant="light" leftSection={<IconFilterPlus size={16} aria-hidden />}>
              {t("builder.add")}
            </Button>
          </Menu.Target>
          <Menu.Dropdown mah={420} className={classes.fields}>
            {FIELDS.map((field) => (
              <Menu.Item key={field} onClick={() => setEdited({ field })}>
                {t(`fields.${field}`)}
              </Menu.Item>
            ))}
            <Menu.Divider />
            <Menu.Item leftSection={<IconBraces size={16} aria-hidden />} onClick={() => setEdited("json")}>
              {t("builder.json")}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
        {conditions.length > 1 && (
          <Button size="compact-sm" variant="subtle" color="gray" onClick={() => onChange({})}>
            {t("builder.clear")}
          </Button>
        )}
      </Group>
      {edited === "json" && (
        <JsonEditor
          filter={filter}
          onClose={close}
          onApply={(written) => {
            onChange(written);
            close();
          }}
        />
      )}
      {edited !== undefined && edited !== "json" && (
        <ConditionEditor
          field={edited.field}
          value={edited.at === undefined ? undefined : conditions[edited.at]?.value}
          vocabulary={vocabulary}
          onApply={(condition) => apply(condition, edited.at)}
          onClose={close}
        />
      )}
    </>
  );
}

type JsonProps = { filter: AccountFilter; onApply: (filter: AccountFilter) => void; onClose: () => void };

function JsonEditor({ filter, onApply, onClose }: JsonProps) {
  const t = useTranslations("consoleAccounts.builder");
  const [text, setText] = useState(() => JSON.stringify(filter, null, 2));
  const [isWrong, setWrong] = useState(false);
  const apply = () => {
    const written = filterIn(text);
    if (written === undefined) setWrong(true);
    else onApply(written);
  };
  return (
    <Dialog onClose={onClose} title={t("json")} size="lg">
      <Stack>
        <Text size="sm" c="dimmed">
          {t("jsonText")}
        </Text>
        <Textarea
          aria-label={t("json")}
          autosize
          minRows={6}
          maxRows={20}
          spellCheck={false}
          classNames={{ input: classes.json }}
          value={text}
          error={isWrong ? t("jsonWrong") : undefined}
          onChange={(event) => {
            setText(event.currentTarget.value);
            setWrong(false);
          }}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("cancel")}
          </Button>
          <Button onClick={apply}>{t("apply")}</Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
