"""The builders: each takes a part of a plan, or single values, and is the only place that makes its resources."""
