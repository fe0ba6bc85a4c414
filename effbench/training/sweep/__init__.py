"""Many trainings: a plan of trials, a store that loses nothing, and executors from one core to a cluster."""
