import "@mantine/core/styles/Radio.css";
import { Radio, Stack } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslations } from "use-intl";
import type { PersonData } from "~/customer/people/PersonLine";

const ROLES = ["ADMIN", "MEMBER", "BILLING", "VIEWER"] as const satisfies PersonData["role"][];

type Props = { value?: PersonData["role"]; onChange?: (role: PersonData["role"]) => void; error?: ReactNode };

/** What a person may do in the account, each role with what it means. */
export function RoleSelect({ value, onChange, error }: Props) {
  const t = useTranslations("customerPeople");
  return (
    <Radio.Group
      label={t("role")}
      value={value}
      onChange={(chosen) => onChange?.(chosen as PersonData["role"])}
      error={error}
    >
      <Stack gap="xs" mt={4}>
        {ROLES.map((role) => (
          <Radio key={role} value={role} label={t(`roles.${role}.name`)} description={t(`roles.${role}.text`)} />
        ))}
      </Stack>
    </Radio.Group>
  );
}
