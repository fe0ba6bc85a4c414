"""How fast a network runs on a machine, predicted from what it computes and moves, with an interval."""
