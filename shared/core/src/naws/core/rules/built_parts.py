"""What late rules judge: a task definition as its template has it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from naws.core.rules.values import is_text


@dataclass(frozen=True, kw_only=True)
class BuiltTask:
    """A task definition as its template has it.

    Attributes:
        path: of the construct.
        resource: the properties, resolved.
        main: name of the container whose exit decides the run.
        planned: names of the containers that the plan has; the others were added by ordinary CDK code.
        judged: the variables of the main container that were judged before it was built.
    """

    path: str
    resource: Mapping[str, Any]
    main: str
    planned: Collection[str]
    judged: Collection[str]

    @property
    def containers(self) -> Sequence[Mapping[str, Any]]:
        """The container definitions."""
        return cast("Sequence[Mapping[str, Any]]", self.resource.get("containerDefinitions", ()))

    @property
    def added(self) -> Sequence[Mapping[str, Any]]:
        """Those that the plan does not have; one whose name only the deployment knows may be the plan's."""
        return [each for each in self.containers if is_text(each.get("name")) and each["name"] not in self.planned]

    def number(self, name: str) -> int | None:
        """A whole number of the task definition, which CloudFormation takes as text; None when it is not known."""
        text = str(self.resource.get(name, ""))
        return int(text) if text.isdigit() else None


def path_of(container: Mapping[str, Any], field: str = "") -> str:
    """A container, or a field of one, in the user's spelling."""
    return f'task_definition.container["{container.get("name")}"]' + (f".{field}" if field else "")


def container_with(name: str = "helper", **said: object) -> str:
    """A container that is added as it should be, but for what is said; for examples."""
    usual = {
        "image": "image",
        "user": '"1000:1000"',
        "readonly_root_filesystem": "True",
        "logging": f'ecs.LogDrivers.aws_logs(log_group=made.log_group, stream_prefix="{name}")',
    }
    given = {**usual, **{key: str(value) for key, value in said.items()}}
    words = ", ".join(f"{key}={value}" for key, value in given.items() if value)
    return f'made.task_definition.add_container("{name}", {words})'
