import { MantineThemeProvider, createTheme } from "@mantine/core";
import { useMemo, type ReactNode } from "react";
import { useTranslations } from "use-intl";

/** Names what components of the library leave without a name, or name in English: buttons that close, and that show a password. */
export function Worded({ children }: { children: ReactNode }) {
  const t = useTranslations("shared");
  const theme = useMemo(() => {
    const closes = { "aria-label": t("close") };
    return createTheme({
      components: {
        ModalCloseButton: { defaultProps: closes },
        Notification: { defaultProps: { closeButtonProps: closes } },
        PasswordInput: { defaultProps: { visibilityToggleButtonProps: { "aria-label": t("signIn.showPassword") } } },
      },
    });
  }, [t]);
  return <MantineThemeProvider theme={theme}>{children}</MantineThemeProvider>;
}
