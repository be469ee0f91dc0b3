"""What the planner is measured against, each written as well as we can."""
