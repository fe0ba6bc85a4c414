"""Torch networks, one file each, built from their specifications; the families in ``models`` name them."""
