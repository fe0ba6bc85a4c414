"""Training: recipes as data, one loop, checkpoints that resume to the identical result, metrics of every exit."""
