"""Base classes of every standard type: the steps from props to resources, triggers, additions, ready stacks."""
