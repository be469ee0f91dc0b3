"""The GraphQL API: schema, planner, HTTP."""
