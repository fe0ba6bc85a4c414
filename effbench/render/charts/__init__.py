"""Figures of the report, one module a kind: rows in, ``{"png": …, "svg": …}`` out, in one style."""
