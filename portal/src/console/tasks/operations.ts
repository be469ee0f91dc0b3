import { graphql } from "~/api/graphql";
import { consoleFrame } from "~/console/frame";
import { taskLine } from "~/console/tasks/TaskList";

const taskPage = graphql(
  `
    fragment TaskPage on TaskConnection {
      totalCount
      pageInfo {
        hasNextPage
        endCursor
      }
      nodes {
        ...TaskLine
      }
    }
  `,
  [taskLine],
);

export const TasksQuery = graphql(
  `
    query Tasks($filter: TaskFilter, $orderBy: TaskOrder, $first: Int!, $after: String, $isMine: Boolean!) {
      ...ConsoleFrame
      tasks(filter: $filter, orderBy: $orderBy, first: $first, after: $after) @skip(if: $isMine) {
        ...TaskPage
      }
      myTasks(filter: $filter, orderBy: $orderBy, first: $first, after: $after) @include(if: $isMine) {
        ...TaskPage
      }
      accounts(filter: { isMine: true }, orderBy: { field: NAME, direction: ASC }, first: 100) {
        nodes {
          id
          name
        }
      }
    }
  `,
  [consoleFrame, taskPage],
);

export const TasksMoved = graphql(
  `
    subscription TasksMoved {
      taskChanged {
        ...TaskLine
      }
    }
  `,
  [taskLine],
);
