"""Which rules judge which parts of a plan: one module for each part, ending with its `CHECKS`."""
