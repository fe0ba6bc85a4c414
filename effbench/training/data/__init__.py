"""Data sets: their layouts on disk, what is embedded, and batches of images; opened by ``training.data.opening``."""
