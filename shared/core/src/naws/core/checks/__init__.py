"""Which rules check which parts of a plan: one module for each part, ending with its `CHECKS`."""
