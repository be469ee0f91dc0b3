import { ColorInput, MantineThemeProvider, createTheme, type ColorInputProps } from "@mantine/core";
import { useMemo } from "react";
import { useTranslations } from "use-intl";

/** A colour as it is written, in every language. */
const COLOUR = "#2f6fed";

/** A colour such as #2f6fed, typed or picked. The library leaves the sliders of its picker without a name. */
export function ColorField(props: ColorInputProps) {
  const t = useTranslations("consoleFace");
  const named = useMemo(
    () => createTheme({ components: { ColorPicker: { defaultProps: { hueLabel: t("hue"), saturationLabel: t("saturation") } } } }),
    [t],
  );
  return (
    <MantineThemeProvider theme={named}>
      <ColorInput placeholder={COLOUR} format="hex" fixOnBlur={false} withEyeDropper={false} {...props} />
    </MantineThemeProvider>
  );
}
