"""Our counter and the conventions of tools against the tools themselves, on drawn networks."""
