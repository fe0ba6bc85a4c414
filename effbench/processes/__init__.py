"""Processes: programs that end with this one, workers that are asked line by line, pools of them. Knows no model."""
