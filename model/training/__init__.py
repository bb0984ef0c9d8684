"""Training: the optimizer, the loop over snapshots, and recordings."""
