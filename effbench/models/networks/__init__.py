"""Torch networks, one file each; they take plain arguments, and the families in ``models`` name them."""
