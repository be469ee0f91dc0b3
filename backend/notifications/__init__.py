"""What staff and members are told: one row per person and event, in their inbox."""
