import { graphql } from "~/api/graphql";
import { consoleViewer } from "~/console/frame";
import { ownDevices, ownProfile } from "~/settings/operations";

export const StaffProfileQuery = graphql(
  `
    query StaffProfile {
      ...ConsoleViewer
      viewer {
        ...OwnProfile
      }
    }
  `,
  [consoleViewer, ownProfile],
);

export const StaffDevicesQuery = graphql(
  `
    query StaffDevices {
      ...ConsoleViewer
      viewer {
        ...OwnDevices
      }
    }
  `,
  [consoleViewer, ownDevices],
);
