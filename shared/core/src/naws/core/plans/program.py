"""By what a program finds its data: variables, secrets and bindings. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from aws_cdk import aws_ecs as ecs

from naws.core.bindings import Binding
from naws.core.rules.environment import Variable


@dataclass(frozen=True, kw_only=True)
class ProgramPlan:
    """What a program is given.

    Attributes:
        variables: all that are set, by whatever field.
        bindings: the data sources, each with its path.
    """

    variables: tuple[Variable, ...]
    bindings: tuple[tuple[str, Binding], ...]


def plan_program(
    environment: Mapping[str, str], secrets: Mapping[str, ecs.Secret], bindings: Sequence[Binding]
) -> ProgramPlan:
    """The variables that these fields set."""
    return ProgramPlan(
        variables=tuple(_variables(environment, secrets, bindings)),
        bindings=tuple((f"bindings[{index}]", each) for index, each in enumerate(bindings)),
    )


def _variables(
    environment: Mapping[str, str], secrets: Mapping[str, ecs.Secret], bindings: Sequence[Binding]
) -> Iterator[Variable]:
    for name, value in environment.items():
        yield Variable(path=f'environment["{name}"]', name=name, value=value)
    for name, secret in secrets.items():
        yield Variable(path=f'secrets["{name}"]', name=name, value=None, reference=reference_of(secret))
    for index, binding in enumerate(bindings):
        if binding is None:  # pyright: ignore[reportUnnecessaryComparison] - stands in for what is no binding
            continue
        for name in binding.environment_names():
            yield Variable(path=f"bindings[{index}]", name=name, value=None)


def reference_of(secret: ecs.Secret) -> str:
    """From where ECS reads a secret, as the task definition has it; empty for what is none."""
    return secret.arn if isinstance(secret, ecs.Secret) else ""  # pyright: ignore[reportUnnecessaryIsInstance] - None stands in for a mismatch
