"""The variables, secrets and bindings by which a program finds its data. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from aws_cdk import aws_ecs as ecs

from naws.core.bindings.needs import Binding, HostKind, Needs
from naws.core.context import PatternContext
from naws.core.rules.environment import Variable


@dataclass(frozen=True, kw_only=True)
class ProgramPlan:
    """The environment variables of a program, and the data sources that it may use.

    Attributes:
        host: what the program runs in.
        variables: all that are set, by whatever field.
        bindings: the data sources, each with its path.
        needs: what each of them asks, in the same order.
    """

    host: HostKind
    variables: tuple[Variable, ...]
    bindings: tuple[tuple[str, Binding], ...]
    needs: tuple[Needs, ...]


def plan_program(
    environment: Mapping[str, str],
    secrets: Mapping[str, ecs.Secret],
    bindings: Sequence[Binding],
    context: PatternContext,
    host: HostKind,
) -> ProgramPlan:
    """The variables that these fields set in a program of this host."""
    placed = tuple((f"bindings[{index}]", each) for index, each in enumerate(bindings))
    needs = tuple(needs_of(each, context) for each in bindings)
    bound = (set_by(*each, asked, host) for each, asked in zip(placed, needs, strict=True))
    return ProgramPlan(
        host=host,
        variables=(*variables_of(environment, secrets), *chain.from_iterable(bound)),
        bindings=placed,
        needs=needs,
    )


def needs_of(binding: Binding, context: PatternContext) -> Needs:
    """Return what a binding needs; nothing for None, which replaces a value of the wrong type.

    Raises:
        TypeError: a binding of the user's own gives something else.
    """
    asked = Needs() if binding is None else binding.needs(context)  # pyright: ignore[reportUnnecessaryComparison]
    if not isinstance(asked, Needs):  # pyright: ignore[reportUnnecessaryIsInstance] - a user may write anything
        raise TypeError(f"{type(binding).__name__}.needs(context) returns Needs(…), not {asked!r}")
    return asked


def set_by(path: str, binding: Binding, needs: Needs, host: HostKind) -> Iterator[Variable]:
    """The variables that a host sets for a binding; a name of one's own is at its `variables`."""
    own: Mapping[str, str | None] = getattr(binding, "variables", {})
    for name in host.variables_of(needs):
        yield Variable(path=f"{path}.variables" if name in own.values() else path, name=name, value=None)


def variables_of(
    environment: Mapping[str, str], secrets: Mapping[str, ecs.Secret], container: str = ""
) -> Iterator[Variable]:
    """The variables that are given to a container.

    Args:
        environment: the plain ones.
        secrets: those that ECS fills in.
        container: the field of a container beside the main one, whose variables this library leaves alone. Omitted:
            the main one.
    """
    path, ours = f"{container}." if container else "", not container
    for name, value in environment.items():
        yield Variable(path=f'{path}environment["{name}"]', name=name, value=value, library_sets=ours)
    for name, secret in secrets.items():
        reference = value_from(secret)
        yield Variable(path=f'{path}secrets["{name}"]', name=name, value=None, reference=reference, library_sets=ours)


def value_from(secret: ecs.Secret) -> str:
    """The ARN from which ECS reads a secret, as the task definition has it; empty for what is none."""
    return secret.arn if isinstance(secret, ecs.Secret) else ""  # pyright: ignore[reportUnnecessaryIsInstance] - None stands in for a mismatch
