import { Button, Group } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useTranslations } from "use-intl";

const STAYS_MS = 10_000;

/** Tell that something was done, with a way to take it back. */
export function useUndo() {
  const shared = useTranslations("shared");
  return (message: string, undo: () => unknown) => {
    const id = notifications.show({
      autoClose: STAYS_MS,
      message: (
        <Group justify="space-between" wrap="nowrap">
          <span>{message}</span>
          <Button
            size="compact-sm"
            variant="subtle"
            flex="none"
            onClick={() => {
              notifications.hide(id);
              undo();
            }}
          >
            {shared("undo")}
          </Button>
        </Group>
      ),
    });
  };
}
