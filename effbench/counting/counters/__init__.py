"""Counting the operations of a network that runs: our own counter, and adapters to others. Torch is imported here."""
