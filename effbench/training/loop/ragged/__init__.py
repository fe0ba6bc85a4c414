"""A whole heatmap of RAViTs as one program; each cell gets what a training of its own would give it."""

from effbench.training.loop.ragged.together import train_together

__all__ = ["train_together"]
