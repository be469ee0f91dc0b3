import { graphql } from "~/api/graphql";
import { userError } from "~/api/userError";
import { latestTouchpoints, noteLine, pulseLine, touchpointLine } from "~/console/account/fragments";
import { taskLine } from "~/console/tasks/TaskList";

export const LogTouchpoint = graphql(
  `
    mutation LogTouchpoint($input: LogTouchpointInput!) {
      logTouchpoint(input: $input) {
        touchpoint {
          ...TouchpointLine
          account {
            id
            internal {
              lastTouchAt
              ...LatestTouchpoints
            }
          }
        }
        userErrors {
          ...UserErrorParts
        }
      }
    }
  `,
  [touchpointLine, latestTouchpoints, userError],
);

export const RecordPulse = graphql(`
  mutation RecordPulse($input: RecordPulseInput!) {
    recordPulse(input: $input) {
      pulse {
        id
        account {
          id
          internal {
            pulse {
              ...PulseLine
            }
          }
        }
      }
      userErrors {
        ...UserErrorParts
      }
    }
  }
`, [pulseLine, userError]);

export const WithdrawPulse = graphql(`
  mutation WithdrawPulse($input: WithdrawPulseInput!) {
    withdrawPulse(input: $input) {
      pulse {
        id
        account {
          id
          internal {
            pulse {
              ...PulseLine
            }
          }
        }
      }
      userErrors {
        ...UserErrorParts
      }
    }
  }
`, [pulseLine, userError]);

export const CreateNote = graphql(
  `
    mutation CreateNote($input: CreateNoteInput!) {
      createNote(input: $input) {
        note {
          ...NoteLine
        }
        userErrors {
          ...UserErrorParts
        }
      }
    }
  `,
  [noteLine, userError],
);

export const UpdateNote = graphql(
  `
    mutation UpdateNote($input: UpdateNoteInput!) {
      updateNote(input: $input) {
        note {
          ...NoteLine
        }
        userErrors {
          ...UserErrorParts
        }
      }
    }
  `,
  [noteLine, userError],
);

export const DeleteNote = graphql(
  `
    mutation DeleteNote($input: DeleteNoteInput!) {
      deleteNote(input: $input) {
        note {
          ...NoteLine
        }
        userErrors {
          ...UserErrorParts
        }
      }
    }
  `,
  [noteLine, userError],
);

export const RestoreNote = graphql(
  `
    mutation RestoreNote($input: RestoreNoteInput!) {
      restoreNote(input: $input) {
        note {
          ...NoteLine
        }
        userErrors {
          ...UserErrorParts
        }
      }
    }
  `,
  [noteLine, userError],
);

export const CreateAccountTask = graphql(
  `
    mutation CreateAccountTask($input: CreateTaskInput!) {
      createTask(input: $input) {
        task {
          ...TaskLine
        }
        userErrors {
          ...UserErrorParts
        }
      }
    }
  `,
  [taskLine, userError],
);

export const ViewAsCustomer = graphql(`
  mutation ViewAsCustomer($input: ViewAsCustomerInput!) {
    viewAsCustomer(input: $input) {
      token
      userErrors {
        ...UserErrorParts
      }
    }
  }
`, [userError]);
