"""Measured processes and the turns they take: opens workers, asks them, ends them. Knows no torch."""
