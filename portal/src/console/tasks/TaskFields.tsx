import { Textarea, TextInput } from "@mantine/core";
import { useTranslations } from "use-intl";

type Said = { title: string; body: string | null; dueOn: string | null };
type Props = { value: Said; errors: Record<string, string>; onChange: (to: Partial<Said>) => void };

/** The fields in which `TaskFields` shows what is refused. */
export const SAID = ["title", "body", "dueOn"] as const;

/** What a task says, and by when it is due. */
export function TaskFields({ value, errors, onChange }: Props) {
  const t = useTranslations("consoleTasks");
  return (
    <>
      <TextInput
        label={t("title")}
        required
        data-autofocus
        maxLength={200}
        value={value.title}
        onChange={(event) => onChange({ title: event.currentTarget.value })}
        error={errors["title"]}
      />
      <Textarea
        label={t("body")}
        autosize
        minRows={2}
        maxRows={8}
        maxLength={10_000}
        value={value.body ?? ""}
        onChange={(event) => onChange({ body: event.currentTarget.value || null })}
        error={errors["body"]}
      />
      <TextInput
        type="date"
        label={t("dueOn")}
        value={value.dueOn ?? ""}
        onChange={(event) => onChange({ dueOn: event.currentTarget.value || null })}
        error={errors["dueOn"]}
      />
    </>
  );
}
