"""Early exits: policies and their thresholds, guarantees, true cost, run-time control and batched inference."""
