import { graphql } from "~/api/graphql";
import { userError } from "~/api/userError";
import { sessionLine } from "~/settings/SessionLine";

/** What one says of oneself. */
export const ownProfile = graphql(`
  fragment OwnProfile on Viewer {
    profile {
      displayName
      email
      title
      timeZone
    }
  }
`);

/** Where one is signed in, and what guards that. */
export const ownDevices = graphql(
  `
    fragment OwnDevices on Viewer {
      twoFactor {
        enabledAt
        recoveryCodesLeft
      }
      sessions(first: 50) {
        totalCount
        nodes {
          ...SessionLine
        }
      }
    }
  `,
  [sessionLine],
);

export const UpdateProfile = graphql(`
  mutation UpdateProfile($input: UpdateProfileInput!) {
    updateProfile(input: $input) {
      userErrors {
        ...UserErrorParts
      }
    }
  }
`, [userError]);

export const UpdatePreferences = graphql(`
  mutation UpdatePreferences($input: UpdatePreferencesInput!) {
    updatePreferences(input: $input) {
      userErrors {
        ...UserErrorParts
      }
    }
  }
`, [userError]);

export const RevokeSession = graphql(
  `
    mutation RevokeSession($input: RevokeSessionInput!) {
      revokeSession(input: $input) {
        session {
          ...SessionLine
        }
        userErrors {
          ...UserErrorParts
        }
      }
    }
  `,
  [sessionLine, userError],
);

export const RevokeOtherSessions = graphql(`
  mutation RevokeOtherSessions($input: RevokeOtherSessionsInput!) {
    revokeOtherSessions(input: $input) {
      revokedCount
      userErrors {
        ...UserErrorParts
      }
    }
  }
`, [userError]);

export const ChangePassword = graphql(`
  mutation ChangePassword($input: ChangePasswordInput!) {
    changePassword(input: $input) {
      userErrors {
        ...UserErrorParts
      }
    }
  }
`, [userError]);

export const BeginTwoFactor = graphql(`
  mutation BeginTwoFactor($input: BeginTwoFactorInput!) {
    beginTwoFactor(input: $input) {
      secret
      uri
      userErrors {
        ...UserErrorParts
      }
    }
  }
`, [userError]);

export const ConfirmTwoFactor = graphql(`
  mutation ConfirmTwoFactor($input: ConfirmTwoFactorInput!) {
    confirmTwoFactor(input: $input) {
      recoveryCodes
      userErrors {
        ...UserErrorParts
      }
    }
  }
`, [userError]);

export const DisableTwoFactor = graphql(`
  mutation DisableTwoFactor($input: DisableTwoFactorInput!) {
    disableTwoFactor(input: $input) {
      userErrors {
        ...UserErrorParts
      }
    }
  }
`, [userError]);

export const RenewRecoveryCodes = graphql(`
  mutation RenewRecoveryCodes($input: RenewRecoveryCodesInput!) {
    renewRecoveryCodes(input: $input) {
      recoveryCodes
      userErrors {
        ...UserErrorParts
      }
    }
  }
`, [userError]);
