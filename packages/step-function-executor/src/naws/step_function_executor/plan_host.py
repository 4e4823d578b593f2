"""A workflow as the host of bindings, before there is one: its states get rights, and nothing else. Pure."""

from naws.core import Needs


class WorkflowKind:
    """A workflow, before there is one. It has no variables: a state names what it calls."""

    host = "a workflow"
    accepts = frozenset(("statements", "variables"))

    def variables_of(self, needs: Needs) -> tuple[str, ...]:  # noqa: ARG002  # the protocol's
        """None: what a binding would name is written into the states."""
        return ()
