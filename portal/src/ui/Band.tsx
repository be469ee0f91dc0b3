import { Badge } from "@mantine/core";
import { useTranslations } from "use-intl";

export type BandKey = "GREEN" | "YELLOW" | "RED" | "INSUFFICIENT_DATA";

/** Dark enough on their light backgrounds, and the other way round, for 4.5 : 1. */
export const BAND_COLOURS: Record<BandKey, string> = { GREEN: "green", YELLOW: "yellow", RED: "red", INSUFFICIENT_DATA: "gray" };

/** A band of health: its colour and its word, since a colour alone tells not everybody. */
export function Band({ band }: { band: BandKey }) {
  const t = useTranslations("shared.bands");
  return (
    <Badge variant="light" color={BAND_COLOURS[band]} autoContrast={false} radius="sm" tt="none">
      {t(band)}
    </Badge>
  );
}
