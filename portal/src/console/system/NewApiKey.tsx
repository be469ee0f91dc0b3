import { Checkbox, NumberInput, SimpleGrid, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { once } from "~/api/once";
import { useChange } from "~/api/useChange";
import { AccountSelect } from "~/console/search/AccountSelect";
import { useMay } from "~/console/useMay";
import { FormDialog } from "~/ui/FormDialog";
import { CreateApiKey } from "~/console/system/changes/operations";

const OF_ACCOUNTS = ["organization:read", "accounts:read", "people:read", "people:write", "billing:read"] as const;
const SCOPES = [
  ...OF_ACCOUNTS,
  "accounts:internal",
  "accounts:write",
  "tasks:write",
  "alerts:write",
  "program:read",
  "system:read",
  "system:write",
] as const;
const DAYS = 365;
const MOST_DAYS = 3660;

type Props = { onMade: (secret: string) => void; onClose: () => void };

/** Make a key for a program: what it allows, of everything or of one account, and when it ends. */
export function NewApiKey({ onMade, onClose }: Props) {
  const t = useTranslations("consoleSystem");
  const may = useMay();
  const { run, isRunning } = useChange(CreateApiKey, ["name", "scopes", "accountId", "expiresDays"]);
  const [key] = useState(once);
  const form = useForm({
    initialValues: { name: "", scopes: [] as string[], accountId: null as string | null, expiresDays: DAYS as number | string },
  });
  const { accountId, expiresDays, scopes } = form.values;
  const offered = (accountId === null ? SCOPES : OF_ACCOUNTS).filter(may);

  const submit = form.onSubmit(async ({ name }) => {
    if (typeof expiresDays !== "number") {
      form.setFieldError("expiresDays", t("access.daysNeeded"));
      return;
    }
    const { payload, errors } = await run({
      input: { name, accountId, expiresDays, scopes: offered.filter((scope) => scopes.includes(scope)), idempotencyKey: key },
    });
    if (payload === undefined) form.setErrors(errors);
    else onMade(payload.secret ?? "");
  });
  return (
    <FormDialog title={t("access.newApiKey")} action={t("access.make")} isRunning={isRunning} refusal={form.errors[""]} onSubmit={submit} onClose={onClose}>
      <TextInput label={t("access.name")} description={t("access.nameHint")} required data-autofocus maxLength={200} {...form.getInputProps("name")} />
      <AccountSelect
        label={t("access.account")}
        description={t("access.accountHint")}
        value={accountId}
        onChange={(chosen) => form.setFieldValue("accountId", chosen)}
        error={form.errors["accountId"]}
      />
      <Checkbox.Group label={t("access.scopes")} required {...form.getInputProps("scopes")}>
        <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="xs" mt="xs">
          {offered.map((scope) => (
            <Checkbox key={scope} value={scope} size="xs" label={t(`access.scopeWords.${scope}`)} description={scope} />
          ))}
        </SimpleGrid>
      </Checkbox.Group>
      <NumberInput
        label={t("access.days")}
        description={t("access.daysHint")}
        required
        min={1}
        max={MOST_DAYS}
        allowDecimal={false}
        {...form.getInputProps("expiresDays")}
      />
    </FormDialog>
  );
}
