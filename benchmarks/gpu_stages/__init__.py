"""Stages of ``benchmarks/gpu.py``: each measures in units, and keeps a line for every unit that has ended."""
