import { graphql } from "~/api/graphql";
import { userError } from "~/api/userError";

export const CreateTask = graphql(`
  mutation CreateTask($input: CreateTaskInput!) {
    createTask(input: $input) {
      task {
        id
        state
        isOverdue
      }
      userErrors {
        ...UserErrorParts
      }
    }
  }
`, [userError]);

export const CompleteTask = graphql(`
  mutation CompleteTask($input: CompleteTaskInput!) {
    completeTask(input: $input) {
      task {
        id
        state
        isOverdue
      }
      userErrors {
        ...UserErrorParts
      }
    }
  }
`, [userError]);

export const CancelTask = graphql(`
  mutation CancelTask($input: CancelTaskInput!) {
    cancelTask(input: $input) {
      task {
        id
        state
        isOverdue
      }
      userErrors {
        ...UserErrorParts
      }
    }
  }
`, [userError]);

export const ReopenTask = graphql(`
  mutation ReopenTask($input: ReopenTaskInput!) {
    reopenTask(input: $input) {
      task {
        id
        state
        isOverdue
      }
      userErrors {
        ...UserErrorParts
      }
    }
  }
`, [userError]);

export const UpdateTask = graphql(`
  mutation UpdateTask($input: UpdateTaskInput!) {
    updateTask(input: $input) {
      task {
        id
        title
        body
        dueOn
        isOverdue
        assignee {
          id
          displayName
        }
      }
      userErrors {
        ...UserErrorParts
      }
    }
  }
`, [userError]);
