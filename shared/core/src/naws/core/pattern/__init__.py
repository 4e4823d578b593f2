"""What every standard type is: the walk from props to resources, triggers, additions, ready stacks."""
