"""The GraphQL documents that the benchmarks ask."""

from __future__ import annotations

STAFF_LIST = """
query StaffList($first: Int!) {
  accounts(first: $first, orderBy: {field: HEALTH, direction: ASC}) {
    nodes {
      id
      name
      tier { name }
      successManager { displayName }
      internal {
        health { score band factors { key statement numerator denominator contribution status } }
        mrr { amountMinor currencyCode }
      }
      members(first: 10) { nodes { role person { displayName email } } }
    }
  }
}
"""

MEMBER_HOME = """
query Home($from: Date!, $to: Date!) {
  viewer {
    kind
    account {
      id
      name
      tier { name }
      successManager { displayName }
      health { score band words trend factors { key name statement contribution status } }
      usage(metric: "conversations", from: $from, to: $to) { on value }
      subscriptions { planKey status seats startsOn }
      limits { used included share }
      members(first: 10) { totalCount nodes { role person { displayName email } } }
    }
  }
}
"""

STAFF_ACCOUNT = """
query Account($id: ID!, $from: Date!, $to: Date!) {
  account(id: $id) {
    name
    customerSince
    internal {
      health { score band category trend coverage groups { key name score contribution } factors { key statement } }
      healthHistory(from: $from, to: $to) { on score band }
      mrr { amountMinor currencyCode }
      seats
      renewsOn
      dataSources { key lastReceivedAt }
    }
    members(first: 5) { edges { cursor node { role person { displayName } } } pageInfo { hasNextPage endCursor } }
  }
}
"""

INTROSPECTION = """
query Introspection {
  __schema {
    queryType { name }
    types {
      kind name description
      fields(includeDeprecated: true) { name args { name type { kind name ofType { kind name } } } type { kind name } }
      inputFields { name type { kind name ofType { kind name } } }
      enumValues { name }
    }
  }
}
"""

MISTAKES = (
    "query Wrong { account(id: ",
    "query Wrong { accounts(first: 5) { nodes { nme } } }",
    'query Wrong { account(id: "acct_zz") { members(first: 1000) { nodes { role } } } }',
    "query Wrong { viewer { account { members { totalCount } } } }",
    "query Wrong { organization { name } } query Second { viewer { kind } }",
)
"""Documents that are refused: unfinished, misspelt, out of bounds, without a page size, without a chosen operation."""

LOG_TOUCHPOINT = """
mutation Log($input: LogTouchpointInput!) {
  logTouchpoint(input: $input) {
    touchpoint { id kind summary occurredAt account { name internal { lastTouchAt } } }
    userErrors { field code message }
  }
}
"""
