"""Health: leaves, scores, explanations, snapshots."""
