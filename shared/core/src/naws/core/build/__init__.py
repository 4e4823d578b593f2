"""Builders, which call CDK's constructors: each takes a part of a plan or single values, never a pattern's plan."""
