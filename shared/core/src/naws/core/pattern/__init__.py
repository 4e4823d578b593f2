"""Base classes of every standard type: the walk from props to resources, triggers, additions, ready stacks."""
