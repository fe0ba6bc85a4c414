"""Figures of the report: which there are, the rows each shows (its CSV), and how it is drawn."""
