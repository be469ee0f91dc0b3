import { graphql } from "~/api/graphql";
import { vocabulary } from "~/console/accounts/operations";
import { consoleFrame } from "~/console/frame";
import { facet } from "~/console/portfolio/facets";
import { todayLine } from "~/console/today/AccountLines";

export const PortfolioQuery = graphql(
  `
    query Portfolio($filter: AccountFilter, $isFirst: Boolean!, $byTier: Boolean!, $byIndustry: Boolean!, $byCsm: Boolean!) {
      ...ConsoleFrame
      chosen: portfolio(filter: $filter) {
        accountCount
        coverage
        mrr {
          amountMinor
          currencyCode
        }
        mrrAtRisk {
          amountMinor
          currencyCode
        }
        byBand {
          ...Facet
        }
        byCategory {
          ...Facet
        }
        byTier @include(if: $byTier) {
          ...Facet
        }
        byIndustry @include(if: $byIndustry) {
          ...Facet
        }
        byCsm @include(if: $byCsm) {
          ...Facet
        }
        byRenewalMonth {
          ...Facet
        }
        falling: movers(direction: FALLING, first: 5) {
          totalCount
          nodes {
            ...TodayLine
          }
        }
        rising: movers(direction: RISING, first: 5) {
          totalCount
          nodes {
            ...TodayLine
          }
        }
      }
      ...AccountsVocabulary @include(if: $isFirst)
    }
  `,
  [consoleFrame, facet, todayLine, vocabulary],
);
