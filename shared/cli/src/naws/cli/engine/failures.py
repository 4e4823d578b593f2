"""The exception by which MiniStack learns that a container cannot start."""

NO_ENGINE = "no container engine and no dev_command"
"""Of a task that no other attempt can start: AWS has an engine."""


def cannot_pull(reason: str) -> Exception:
    """MiniStack's own exception for a failed pull: the task stops with `CannotPullContainerError: <reason>`."""
    from ministack.services import ecs  # noqa: PLC0415  # MiniStack's process has it loaded

    return ecs._ImagePullError(reason)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # no public one
