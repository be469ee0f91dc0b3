import { graphql } from "~/api/graphql";
import { userError } from "~/api/userError";
import { customerFrame } from "~/customer/frame/fragment";
import { ownDevices, ownProfile } from "~/settings/operations";

export const ProfileQuery = graphql(
  `
    query Profile {
      ...CustomerFrame
      viewer {
        ...OwnProfile
      }
    }
  `,
  [customerFrame, ownProfile],
);

export const PrivacyQuery = graphql(
  `
    query Privacy {
      ...CustomerFrame
    }
  `,
  [customerFrame],
);

export const DevicesQuery = graphql(
  `
    query Devices {
      ...CustomerFrame
      viewer {
        ...OwnDevices
      }
    }
  `,
  [customerFrame, ownDevices],
);

export const EraseOneself = graphql(`
  mutation EraseOneself($input: EraseOneselfInput!) {
    eraseOneself(input: $input) {
      isErased
      userErrors {
        ...UserErrorParts
      }
    }
  }
`, [userError]);
