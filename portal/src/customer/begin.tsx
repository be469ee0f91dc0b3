import "~/customer/styles";
import { start } from "~/app/App";
import { atRest } from "~/app/idle";
import { Portal } from "~/customer/Portal";
import { messages } from "~/customer/messages";

/** Put the customer's face on the page. */
export const begin = () => {
  start({ messages, base: "", Face: Portal });
  // With the menus come the styles of the other pages.
  void atRest().then(() => import("~/customer/frame/menus")).catch(() => undefined);
};
