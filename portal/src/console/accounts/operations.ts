import { graphql } from "~/api/graphql";
import { userError } from "~/api/userError";
import { accountPage, chosenAccount } from "~/console/accounts/line";
import { begins, savedView } from "~/console/accounts/view";
import { consoleFrame } from "~/console/frame";

/** The words that filters and changes choose from: asked with the first list of a page, read from the cache after that. */
export const vocabulary = graphql(`
  fragment AccountsVocabulary on Query {
    viewer {
      person {
        id
        displayName
      }
      staff {
        id
      }
    }
    organization {
      homeCurrency
      tiers {
        key
        name
      }
      stages {
        key
        name
      }
      metrics {
        key
        name
      }
    }
    traits {
      key
      name
      kind
      choices
    }
    tags {
      name
      accountCount
    }
    portfolio {
      byCsm {
        key
        name
      }
      byIndustry {
        key
      }
    }
  }
`);

/** The views that the reader may choose from, and the one with which their list begins. */
const keptViews = graphql(
  `
    fragment KeptViews on Query {
      ...Begins
      savedViews(first: 100) {
        nodes {
          ...SavedViewLine
        }
      }
    }
  `,
  [begins, savedView],
);

export const AccountsQuery = graphql(
  `
    query Accounts(
      $filter: AccountFilter
      $orderBy: AccountOrder
      $first: Int
      $after: String
      $last: Int
      $before: String
      $isFirst: Boolean!
      $hasChange7: Boolean!
      $hasWhy7: Boolean!
      $hasChange30: Boolean!
      $hasWhy30: Boolean!
      $hasPulse: Boolean!
    ) {
      ...ConsoleFrame
      accounts(filter: $filter, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {
        ...AccountPage
      }
      ...KeptViews
      ...AccountsVocabulary @include(if: $isFirst)
    }
  `,
  [consoleFrame, accountPage, keptViews, vocabulary],
);

/** For who comes straight to the list: with which view it begins, what that holds, and all accounts, should there be none. */
export const AccountsBeginQuery = graphql(
  `
    query AccountsBegin(
      $first: Int!
      $hasChange7: Boolean!
      $hasWhy7: Boolean!
      $hasChange30: Boolean!
      $hasWhy30: Boolean!
      $hasPulse: Boolean!
    ) {
      ...ConsoleFrame
      accounts(first: $first) {
        ...AccountPage
      }
      ...KeptViews
      viewer {
        defaultView {
          accounts(first: $first) {
            ...AccountPage
          }
        }
      }
      ...AccountsVocabulary
    }
  `,
  [consoleFrame, accountPage, keptViews, vocabulary],
);

/** Read from the cache alone: the page's first list asks for it. */
export const VocabularyQuery = graphql(
  `
    query AccountsVocabularyQuery {
      ...AccountsVocabulary
    }
  `,
  [vocabulary],
);

/** What stands around a list whose filter is refused, and with it all that the list's own operation asks. */
export const RefusedQuery = graphql(
  `
    query Refused {
      ...ConsoleFrame
      ...KeptViews
      ...AccountsVocabulary
    }
  `,
  [consoleFrame, keptViews, vocabulary],
);

/** The accounts of a filter for a change of many, as many a page as there may be. */
export const AccountsToChooseQuery = graphql(
  `
    query AccountsToChoose($filter: AccountFilter, $orderBy: AccountOrder, $after: String) {
      accounts(filter: $filter, orderBy: $orderBy, first: 100, after: $after) {
        pageInfo {
          hasNextPage
          endCursor
        }
        nodes {
          ...ChosenAccount
        }
      }
    }
  `,
  [chosenAccount],
);

export const AccountsMoved = graphql(`
  subscription AccountsMoved($accountIds: [ID!]) {
    healthChanged(accountIds: $accountIds) {
      id
      internal {
        health {
          score
          band
          category
          trend
        }
      }
    }
  }
`);

export const UpdateAccounts = graphql(`
  mutation UpdateAccounts($input: UpdateAccountsInput!) {
    updateAccounts(input: $input) {
      accounts {
        id
        successManager {
          id
          displayName
        }
        internal {
          tags
        }
      }
      userErrors {
        ...UserErrorParts
      }
    }
  }
`, [userError]);

export const CreateSavedView = graphql(
  `
    mutation CreateSavedView($input: CreateSavedViewInput!) {
      createSavedView(input: $input) {
        savedView {
          ...SavedViewLine
        }
        userErrors {
          ...UserErrorParts
        }
      }
    }
  `,
  [savedView, userError],
);

export const UpdateSavedView = graphql(
  `
    mutation UpdateSavedView($input: UpdateSavedViewInput!) {
      updateSavedView(input: $input) {
        savedView {
          ...SavedViewLine
        }
        userErrors {
          ...UserErrorParts
        }
      }
    }
  `,
  [savedView, userError],
);

export const DeleteSavedView = graphql(`
  mutation DeleteSavedView($input: DeleteSavedViewInput!) {
    deleteSavedView(input: $input) {
      savedView {
        id
      }
      userErrors {
        ...UserErrorParts
      }
    }
  }
`, [userError]);

export const RestoreSavedView = graphql(`
  mutation RestoreSavedView($input: RestoreSavedViewInput!) {
    restoreSavedView(input: $input) {
      savedView {
        id
      }
      userErrors {
        ...UserErrorParts
      }
    }
  }
`, [userError]);

export const SetDefaultView = graphql(`
  mutation SetDefaultView($input: SetDefaultViewInput!) {
    setDefaultView(input: $input) {
      savedView {
        id
      }
      userErrors {
        ...UserErrorParts
      }
    }
  }
`, [userError]);
