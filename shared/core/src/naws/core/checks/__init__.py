"""Which rules are asked of which part of a plan: one module per part, one `CHECKS` each. Pure."""
