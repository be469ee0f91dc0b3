"""Usage: metrics, the sources that feed them, and additive daily rollups."""
