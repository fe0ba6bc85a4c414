"""Statistics of samples and of paired comparisons, as pure functions of numbers."""
