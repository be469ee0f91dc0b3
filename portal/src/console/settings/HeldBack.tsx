import { Alert } from "@mantine/core";
import { useEffect, useEffectEvent } from "react";
import { useTranslations } from "use-intl";

/** The API believes for some seconds what it found before. */
const LOOKS_EVERY_MS = 1_000;

type Props = { isOn: boolean; onLook: () => void };

/** Why no other page is open: a second factor is asked for. Once it is on, the rest opens within seconds. */
export function HeldBack({ isOn, onLook }: Props) {
  const t = useTranslations("consoleSettings");
  const look = useEffectEvent(onLook);
  useEffect(() => {
    if (!isOn) return undefined;
    const every = setInterval(() => look(), LOOKS_EVERY_MS);
    return () => clearInterval(every);
  }, [isOn]);
  return (
    <Alert color="yellow" role="status" mb="md">
      {t(isOn ? "opens" : "heldBack")}
    </Alert>
  );
}
