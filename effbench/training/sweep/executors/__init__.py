"""Where trials run: the cores and devices of this machine, a Ray cluster, or a Slurm cluster."""
