import { PasswordInput, type PasswordInputProps } from "@mantine/core";
import { useTranslations } from "use-intl";

/** What the API takes. */
const LONGEST = 256;

/** The password of whoever is signed in, asked for so that it is surely they; empty where they have none. */
export function CurrentPassword(props: PasswordInputProps) {
  const t = useTranslations("settings.proof");
  return <PasswordInput label={t("password")} description={t("passwordHint")} autoComplete="current-password" maxLength={LONGEST} {...props} />;
}
