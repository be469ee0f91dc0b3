import { graphql } from "~/api/graphql";

export const SearchQuery = graphql(`
  query Search($text: String!) {
    search(text: $text, first: 12) {
      nodes {
        kind
        title
        subtitle
        account {
          id
          name
        }
        person {
          id
        }
      }
    }
  }
`);

export const StaffSearchQuery = graphql(`
  query StaffSearch($text: String!) {
    staff(text: $text, isActive: true, first: 20) {
      nodes {
        id
        displayName
      }
    }
  }
`);
