"""Benchmarks: what Waymark does against the best plain way to do the same, as ratios within one run."""
