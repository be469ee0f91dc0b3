import { Alert, Button, Group, Stack } from "@mantine/core";
import { useState, type ReactNode } from "react";
import { useTranslations } from "use-intl";
import type { Outcome } from "~/api/useChange";
import { Dialog } from "~/ui/Dialog";

type Props = {
  title: string;
  /** What the button says that does it. */
  action: string;
  isHarmful?: boolean;
  run: () => Promise<Outcome<unknown>>;
  onDone: () => void;
  onClose: () => void;
  /** What follows from it, in plain words. */
  children: ReactNode;
};

/** Asks before something is done that cannot be taken back; what refuses it is told in place. */
export function Confirm({ title, action, isHarmful = true, run, onDone, onClose, children }: Props) {
  const shared = useTranslations("shared");
  const [refusal, setRefusal] = useState<string>();
  const [isRunning, setRunning] = useState(false);
  const confirm = async () => {
    setRunning(true);
    const { errors } = await run();
    setRunning(false);
    setRefusal(errors?.[""]);
    if (errors === undefined) onDone();
  };
  return (
    <Dialog onClose={onClose} title={title}>
      <Stack>
        {children}
        {refusal !== undefined && (
          <Alert color="red" role="alert">
            {refusal}
          </Alert>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            {shared("cancel")}
          </Button>
          <Button {...(isHarmful ? { color: "red" } : {})} loading={isRunning} onClick={() => void confirm()}>
            {action}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
