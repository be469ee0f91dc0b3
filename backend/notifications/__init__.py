"""What staff are told: one row per person and matter, in their inbox."""
