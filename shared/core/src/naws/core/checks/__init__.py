"""Checks, which bind rules to the parts of a plan: one module for each part, ending with its `CHECKS`."""
