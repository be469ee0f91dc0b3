import type { Formats } from "~/app/intl";
import type { messages as consoleMessages } from "~/console/messages";
import type { messages as customerMessages } from "~/customer/messages";

declare module "use-intl" {
  interface AppConfig {
    Messages: typeof customerMessages & typeof consoleMessages;
    Formats: Formats;
  }
}
