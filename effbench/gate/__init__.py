"""The regression gate: exact counts against a snapshot, and timings of two revisions that take turns."""
