"""Which network is the most accurate within budgets of cost and time."""
