import { MantineThemeProvider, createTheme } from "@mantine/core";
import { useMemo, type ReactNode } from "react";
import { useTranslations } from "use-intl";

/** Names what components of the library leave without a name: the buttons that close dialogs and notices. */
export function Worded({ children }: { children: ReactNode }) {
  const close = useTranslations("shared")("close");
  const theme = useMemo(() => {
    const named = { "aria-label": close };
    return createTheme({
      components: {
        ModalCloseButton: { defaultProps: named },
        Notification: { defaultProps: { closeButtonProps: named } },
      },
    });
  }, [close]);
  return <MantineThemeProvider theme={theme}>{children}</MantineThemeProvider>;
}
