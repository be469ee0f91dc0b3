import { Radio, Stack } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslations } from "use-intl";

const ROLES = ["ADMIN", "MEMBER", "BILLING", "VIEWER"] as const;
export type Role = (typeof ROLES)[number];

type Props = { value?: Role; onChange?: (role: Role) => void; error?: ReactNode };

/** What a person may do in the account, each role with what it means. */
export function RoleSelect({ value, onChange, error }: Props) {
  const t = useTranslations("people");
  return (
    <Radio.Group
      label={t("role")}
      value={value}
      onChange={(chosen) => onChange?.(chosen as Role)}
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
