import { Button, Group, MultiSelect, NumberInput, Select, Stack, TagsInput, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { useLocale, useTranslations } from "use-intl";
import { KINDS, isObject, type Condition, type Field, type Named } from "~/console/accounts/filter";
import { minorOf, useOptions, type Vocabulary } from "~/console/accounts/wording";
import { Dialog } from "~/ui/Dialog";

type Parts = Record<string, unknown>;
type FormProps = { value: Parts; onChange: (value: Parts) => void };
type Props = { field: Named; value?: unknown; vocabulary: Vocabulary; onApply: (condition: Condition) => void; onClose: () => void };

/** The most days that a condition may reach. */
const MOST_DAYS = 3_660;

const START: Partial<Record<(typeof KINDS)[Field], Parts>> = {
  choice: { in: [] },
  words: { in: [] },
  date: { withinNextDays: 30 },
  change: { days: 7, delta: { lte: -5 } },
  metric: { withinDays: 28, value: { gte: 1 } },
  event: { withinDays: 28 },
  trait: { exists: true },
};

/** A condition of one field, put together by hand. Applying it is what changes the list. */
export function ConditionEditor({ field, value: given, vocabulary, onApply, onClose }: Props) {
  const t = useTranslations("consoleAccounts");
  const locale = useLocale();
  const optionsOf = useOptions(vocabulary);
  const kind = KINDS[field];
  const minor = kind === "money" ? minorOf(locale, vocabulary.organization?.homeCurrency ?? "USD") : 1;
  const start = (kind === "date" && field !== "renewsOn" ? { withinLastDays: 30 } : START[kind]) ?? {};
  const [value, setValue] = useState<Parts>(kind === "yes" ? { is: given ?? true } : ((given as Parts | undefined) ?? start));
  const parts: FormProps = { value, onChange: setValue };

  const submit = (event: FormEvent) => {
    event.preventDefault();
    onApply({ field, value: kind === "yes" ? value["is"] : value } as Condition);
  };
  return (
    <Dialog onClose={onClose} title={t(`fields.${field}`)}>
      <form onSubmit={submit}>
        <Stack>
          {kind === "yes" && (
            <Select
              label={t("builder.operator")}
              data={[
                { value: "yes", label: t("builder.yes") },
                { value: "no", label: t("builder.no") },
              ]}
              value={value["is"] === true ? "yes" : "no"}
              onChange={(is) => setValue({ is: is === "yes" })}
              allowDeselect={false}
            />
          )}
          {kind === "choice" && <ChoiceForm {...parts} options={optionsOf(field)} canBeMissing={field !== "tag" && field !== "ownerId"} />}
          {kind === "words" && (
            <TagsInput label={t("builder.values")} value={listIn(value["in"])} onChange={(words) => setValue({ in: words })} required />
          )}
          {kind === "number" && <RangeForm {...parts} />}
          {kind === "money" && <RangeForm {...parts} minor={minor} />}
          {kind === "date" && <DaysForm {...parts} />}
          {kind === "change" && (
            <>
              <DaysInput value={value["days"]} onChange={(days) => setValue({ ...value, days })} />
              <RangeForm value={(value["delta"] as Parts) ?? {}} onChange={(delta) => setValue({ ...value, delta })} />
            </>
          )}
          {kind === "trait" && (
            <>
              <KeyForm {...parts} label={t("builder.trait")} options={optionsOf("trait")} />
              <TextInput
                label={t("builder.equals")}
                value={value["equals"] === undefined ? "" : String(value["equals"])}
                onChange={(event) => setValue(event.currentTarget.value === "" ? { key: value["key"], exists: true } : { key: value["key"], equals: typed(event.currentTarget.value) })}
              />
            </>
          )}
          {kind === "metric" && (
            <>
              <KeyForm {...parts} label={t("builder.metric")} options={optionsOf("metric")} />
              <RangeForm value={(value["value"] as Parts) ?? {}} onChange={(range) => setValue({ ...value, value: range })} />
            </>
          )}
          {kind === "event" && (
            <>
              <TextInput
                label={t("builder.eventName")}
                required
                value={String(value["name"] ?? "")}
                onChange={(event) => setValue({ ...value, name: event.currentTarget.value })}
              />
              <RangeForm value={(value["count"] as Parts) ?? {}} minor={1} onChange={(count) => setValue({ ...value, count: Object.keys(count).length > 0 ? count : undefined })} />
            </>
          )}
          {(kind === "metric" || kind === "event") && (
            <DaysInput value={value["withinDays"]} onChange={(withinDays) => setValue({ ...value, withinDays })} />
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t("builder.cancel")}
            </Button>
            <Button type="submit" disabled={!isWhole(kind, value)}>
              {t("builder.apply")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}

const listIn = (value: unknown) => (Array.isArray(value) ? (value as string[]) : []);
const saysSomething = (value: unknown) => isObject(value) && Object.keys(value).length > 0;
const isDays = (value: unknown) => Number.isInteger(value) && (value as number) >= 1 && (value as number) <= MOST_DAYS;

/** Whether a condition says something, which is what the API takes. */
const isWhole = (kind: (typeof KINDS)[Field], value: Parts): boolean => {
  switch (kind) {
    case "choice":
    case "words":
      return "isNull" in value || listIn(value["in"] ?? value["notIn"]).length > 0;
    case "date":
      return saysSomething(value) && Object.entries(value).every(([name, part]) => !name.startsWith("within") || isDays(part));
    case "change":
      return isDays(value["days"]) && saysSomething(value["delta"]);
    case "metric":
      return value["key"] !== undefined && isDays(value["withinDays"]) && saysSomething(value["value"]);
    case "event":
      return String(value["name"] ?? "") !== "" && isDays(value["withinDays"]);
    case "trait":
      return value["key"] !== undefined;
    default:
      return saysSomething(value);
  }
};

/** A trait is compared with what was typed as what it looks like. */
const typed = (text: string): unknown => {
  if (text === "true" || text === "false") return text === "true";
  return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
};

function DaysInput({ value, onChange }: { value: unknown; onChange: (days: number | undefined) => void }) {
  const t = useTranslations("consoleAccounts");
  return (
    <NumberInput
      label={t("builder.days")}
      min={1}
      max={MOST_DAYS}
      allowDecimal={false}
      required
      value={typeof value === "number" ? value : ""}
      onChange={(days) => onChange(days === "" ? undefined : Number(days))}
    />
  );
}

function KeyForm({ value, onChange, label, options }: FormProps & { label: string; options: { value: string; label: string }[] }) {
  return (
    <Select
      label={label}
      data={options}
      required
      searchable
      value={(value["key"] as string | undefined) ?? null}
      onChange={(key) => onChange({ ...value, key: key ?? undefined })}
    />
  );
}

function ChoiceForm({ value, onChange, options, canBeMissing }: FormProps & { options: { value: string; label: string }[]; canBeMissing: boolean }) {
  const t = useTranslations("consoleAccounts");
  const way = "isNull" in value ? (value["isNull"] === true ? "isMissing" : "isThere") : "notIn" in value ? "isNot" : "is";
  const chosen = listIn(value["in"] ?? value["notIn"]);
  const take = (to: string | null, values: string[]) => {
    if (to === "isMissing" || to === "isThere") onChange({ isNull: to === "isMissing" });
    else onChange(to === "isNot" ? { notIn: values } : { in: values });
  };
  const ways = (["is", "isNot", ...(canBeMissing ? (["isMissing", "isThere"] as const) : [])] as const).map((each) => ({ value: each, label: t(`builder.${each}`) }));
  return (
    <>
      <Select label={t("builder.operator")} data={ways} value={way} onChange={(to) => take(to, chosen)} allowDeselect={false} />
      {(way === "is" || way === "isNot") && (
        <MultiSelect label={t("builder.values")} data={options} value={chosen} onChange={(values) => take(way, values)} searchable required hidePickedOptions />
      )}
    </>
  );
}

/** From, to, or both. `minor`: how many of the smallest unit make what is typed, where only whole ones count. */
function RangeForm({ value, onChange, minor }: FormProps & { minor?: number }) {
  const t = useTranslations("consoleAccounts");
  const side = (names: readonly ["gte", "gt"] | readonly ["lte", "lt"], label: string) => {
    const limit = value[names[0]] ?? value[names[1]];
    return (
      <NumberInput
        label={label}
        value={typeof limit === "number" ? limit / (minor ?? 1) : ""}
        onChange={(typedIn) => {
          const rest = Object.fromEntries(Object.entries(value).filter(([name]) => name !== names[0] && name !== names[1] && name !== "isNull" && name !== "eq"));
          onChange(typedIn === "" ? rest : { ...rest, [names[0]]: minor === undefined ? Number(typedIn) : Math.round(Number(typedIn) * minor) });
        }}
      />
    );
  };
  return (
    <Group grow>
      {side(["gte", "gt"], t("builder.from"))}
      {side(["lte", "lt"], t("builder.to"))}
    </Group>
  );
}

const WAYS = ["withinNextDays", "withinLastDays", "range", "isMissing", "isThere"] as const;

function DaysForm({ value, onChange }: FormProps) {
  const t = useTranslations("consoleAccounts");
  const way =
    "isNull" in value ? (value["isNull"] === true ? "isMissing" : "isThere") : "withinNextDays" in value ? "withinNextDays" : "withinLastDays" in value ? "withinLastDays" : "range";
  const take = (to: string | null) => {
    if (to === "isMissing" || to === "isThere") onChange({ isNull: to === "isMissing" });
    else onChange(to === "range" || to === null ? {} : { [to]: 30 });
  };
  const side = (name: "after" | "before") => (
    <TextInput
      type="date"
      label={t(`builder.${name}`)}
      value={(value[name] as string | undefined) ?? ""}
      onChange={(event) => {
        const rest = Object.fromEntries(Object.entries(value).filter(([each]) => each !== name));
        onChange(event.currentTarget.value === "" ? rest : { ...rest, [name]: event.currentTarget.value });
      }}
    />
  );
  return (
    <>
      <Select label={t("builder.operator")} data={WAYS.map((each) => ({ value: each, label: t(`builder.${each}`) }))} value={way} onChange={take} allowDeselect={false} />
      {(way === "withinNextDays" || way === "withinLastDays") && (
        <DaysInput value={value[way]} onChange={(days) => onChange({ [way]: days })} />
      )}
      {way === "range" && (
        <Group grow>
          {side("after")}
          {side("before")}
        </Group>
      )}
    </>
  );
}
