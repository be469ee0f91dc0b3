import { Alert, Button, Group, Stack, type ModalProps } from "@mantine/core";
import type { FormEvent, ReactNode } from "react";
import { useTranslations } from "use-intl";
import { Dialog } from "~/ui/Dialog";

type Props = {
  title: string;
  /** What the button says that sends it. */
  action: string;
  /** Of that button, where the way back should be nearer than it. */
  color?: string | undefined;
  isReady?: boolean;
  isRunning: boolean;
  /** A refusal that belongs to no field. */
  refusal?: ReactNode;
  size?: ModalProps["size"];
  onSubmit: (event?: FormEvent<HTMLFormElement>) => void;
  onClose: () => void;
  children: ReactNode;
};

/** A form over the page. What is wrong in it is said by the API, beside the field. */
export function FormDialog({ title, action, color, isReady = true, isRunning, refusal, size = "md", onSubmit, onClose, children }: Props) {
  const shared = useTranslations("shared");
  return (
    <Dialog onClose={onClose} title={title} size={size}>
      <form onSubmit={onSubmit} noValidate>
        <Stack>
          {refusal !== undefined && (
            <Alert color="red" role="alert">
              {refusal}
            </Alert>
          )}
          {children}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose} {...(color === undefined ? {} : { "data-autofocus": true })}>
              {shared("cancel")}
            </Button>
            <Button type="submit" color={color} disabled={!isReady} loading={isRunning}>
              {action}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
