"""A whole heatmap of RAViTs as one program; each cell gets what a training of its own would give it."""
