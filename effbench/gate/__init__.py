"""The regression gate: exact counts against a snapshot, and interleaved timings of two revisions."""
