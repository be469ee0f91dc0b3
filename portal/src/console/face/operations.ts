import { graphql } from "~/api/graphql";
import { consoleFrame } from "~/console/frame";

export const PortalSettings = graphql(
  `
    query PortalSettings {
      ...ConsoleFrame
      portal {
        name
        accentColor
        logo
      }
      portalChoice {
        name
        accentColor
        logo
      }
      organization {
        tiers {
          key
          name
          healthVisibility
        }
      }
    }
  `,
  [consoleFrame],
);
