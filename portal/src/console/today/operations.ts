import { graphql } from "~/api/graphql";
import { begins } from "~/console/accounts/view";
import { alertLine } from "~/console/alerts/AlertCard";
import { consoleFrame } from "~/console/frame";
import { taskLine } from "~/console/tasks/TaskList";
import { todayLine } from "~/console/today/AccountLines";

export const TodayQuery = graphql(
  `
    query Today($whose: AccountFilter, $falling: AccountFilter, $rising: AccountFilter, $renewing: AccountFilter, $untouched: AccountFilter, $customers: AccountFilter) {
      ...ConsoleFrame
      ...Begins
      setup {
        openStepCount
      }
      myTasks(filter: { state: [OPEN] }, first: 10) {
        totalCount
        nodes {
          ...TaskLine
        }
      }
      mine: accounts(filter: { isMine: true }, orderBy: { field: NAME, direction: ASC }, first: 100) {
        nodes {
          id
          name
        }
      }
      alertGroups(filter: $whose, first: 8) {
        totalCount
        nodes {
          severity
          alertCount
          account {
            id
            name
          }
          alerts(first: 10) {
            nodes {
              ...AlertLine
            }
          }
        }
      }
      falling: accounts(filter: $falling, orderBy: { field: HEALTH_CHANGE, direction: ASC }, first: 5) {
        totalCount
        nodes {
          ...TodayLine
        }
      }
      rising: accounts(filter: $rising, orderBy: { field: HEALTH_CHANGE, direction: DESC }, first: 3) {
        totalCount
        nodes {
          ...TodayLine
        }
      }
      celebrating: accounts(filter: $customers, orderBy: { field: HEALTH_CHANGE, direction: DESC }, first: 25) {
        nodes {
          id
          name
          celebrations {
            kind
            sentence
          }
        }
      }
      renewing: accounts(filter: $renewing, orderBy: { field: RENEWS_ON, direction: ASC }, first: 6) {
        totalCount
        nodes {
          ...TodayLine
        }
      }
      untouched: accounts(filter: $untouched, orderBy: { field: LAST_TOUCH, direction: ASC }, first: 6) {
        totalCount
        nodes {
          ...TodayLine
        }
      }
    }
  `,
  [consoleFrame, begins, taskLine, alertLine, todayLine],
);

export const TodayAlertMoved = graphql(
  `
    subscription TodayAlertMoved {
      alertChanged {
        ...AlertLine
      }
    }
  `,
  [alertLine],
);

export const TodayTaskMoved = graphql(
  `
    subscription TodayTaskMoved {
      taskChanged {
        ...TaskLine
      }
    }
  `,
  [taskLine],
);

export const TodayHealthMoved = graphql(
  `
    subscription TodayHealthMoved($accountIds: [ID!]) {
      healthChanged(accountIds: $accountIds) {
        ...TodayLine
      }
    }
  `,
  [todayLine],
);
