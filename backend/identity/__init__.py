"""The organization, persons, members, staff, and how they prove who they are."""
