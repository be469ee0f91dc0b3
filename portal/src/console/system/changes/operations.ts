import { graphql } from "~/api/graphql";
import { userError } from "~/api/userError";

export const AddStaff = graphql(`
  mutation AddStaff($input: AddStaffInput!) {
    addStaff(input: $input) {
      staff {
        id
        role
      }
      userErrors {
        ...UserErrorParts
      }
    }
  }
`, [userError]);

export const SetStaffRole = graphql(`
  mutation SetStaffRole($input: SetStaffRoleInput!) {
    setStaffRole(input: $input) {
      staff {
        id
        role
        isActive
      }
      userErrors {
        ...UserErrorParts
      }
    }
  }
`, [userError]);

export const DeactivateStaff = graphql(`
  mutation DeactivateStaff($input: DeactivateStaffInput!) {
    deactivateStaff(input: $input) {
      staff {
        id
        role
        isActive
      }
      userErrors {
        ...UserErrorParts
      }
    }
  }
`, [userError]);

export const ReactivateStaff = graphql(`
  mutation ReactivateStaff($input: ReactivateStaffInput!) {
    reactivateStaff(input: $input) {
      staff {
        id
        role
        isActive
      }
      userErrors {
        ...UserErrorParts
      }
    }
  }
`, [userError]);

export const CreateApiKey = graphql(`
  mutation CreateApiKey($input: CreateApiKeyInput!) {
    createApiKey(input: $input) {
      secret
      apiKey {
        id
      }
      userErrors {
        ...UserErrorParts
      }
    }
  }
`, [userError]);

export const RevokeApiKey = graphql(`
  mutation RevokeApiKey($input: RevokeApiKeyInput!) {
    revokeApiKey(input: $input) {
      apiKey {
        id
        revokedAt
      }
      userErrors {
        ...UserErrorParts
      }
    }
  }
`, [userError]);

export const CreateWriteKey = graphql(`
  mutation CreateWriteKey($input: CreateWriteKeyInput!) {
    createWriteKey(input: $input) {
      secret
      writeKey {
        id
      }
      userErrors {
        ...UserErrorParts
      }
    }
  }
`, [userError]);

export const RevokeWriteKey = graphql(`
  mutation RevokeWriteKey($input: RevokeWriteKeyInput!) {
    revokeWriteKey(input: $input) {
      writeKey {
        id
        revokedAt
      }
      userErrors {
        ...UserErrorParts
      }
    }
  }
`, [userError]);

export const CreateWebhookEndpoint = graphql(`
  mutation CreateWebhookEndpoint($input: CreateWebhookEndpointInput!) {
    createWebhookEndpoint(input: $input) {
      secret
      webhookEndpoint {
        id
      }
      userErrors {
        ...UserErrorParts
      }
    }
  }
`, [userError]);

export const RotateWebhookSecret = graphql(`
  mutation RotateWebhookSecret($input: RotateWebhookSecretInput!) {
    rotateWebhookSecret(input: $input) {
      secret
      webhookEndpoint {
        id
        formerSecretUntil
      }
      userErrors {
        ...UserErrorParts
      }
    }
  }
`, [userError]);

export const TestWebhookEndpoint = graphql(`
  mutation TestWebhookEndpoint($input: TestWebhookEndpointInput!) {
    testWebhookEndpoint(input: $input) {
      delivery {
        id
        state
      }
      userErrors {
        ...UserErrorParts
      }
    }
  }
`, [userError]);

export const RemoveWebhookEndpoint = graphql(`
  mutation RemoveWebhookEndpoint($input: RemoveWebhookEndpointInput!) {
    removeWebhookEndpoint(input: $input) {
      webhookEndpoint {
        id
        removedAt
      }
      userErrors {
        ...UserErrorParts
      }
    }
  }
`, [userError]);

export const CreateApplication = graphql(`
  mutation CreateApplication($input: CreateApplicationInput!) {
    createApplication(input: $input) {
      application {
        id
      }
      userErrors {
        ...UserErrorParts
      }
    }
  }
`, [userError]);

export const UpdateApplication = graphql(`
  mutation UpdateApplication($input: UpdateApplicationInput!) {
    updateApplication(input: $input) {
      application {
        id
        origins
        documentPolicy
        pointsPerSecond
      }
      userErrors {
        ...UserErrorParts
      }
    }
  }
`, [userError]);

export const RemoveApplication = graphql(`
  mutation RemoveApplication($input: RemoveApplicationInput!) {
    removeApplication(input: $input) {
      revokedKeys
      userErrors {
        ...UserErrorParts
      }
    }
  }
`, [userError]);
