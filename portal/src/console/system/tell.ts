import { notifications } from "@mantine/notifications";
import type { Outcome } from "~/api/useChange";

/** Tell what came of a change that has no form: that it was done, or why it was not. */
export const tell = ({ errors }: Outcome<unknown>, done: string) => {
  const refusal = errors && Object.values(errors)[0];
  if (errors === undefined) notifications.show({ message: done });
  else if (refusal !== undefined) notifications.show({ color: "red", message: refusal });
};
