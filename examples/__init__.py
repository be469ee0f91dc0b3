"""Examples: mappings, a small sample, and the case study."""
