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
