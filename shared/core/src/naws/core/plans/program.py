"""The variables, secrets and bindings by which a program finds its data. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import cast

from aws_cdk import aws_ecs as ecs

from naws.core.bindings.needs import Bindable, Binding, HostKind, Needs
from naws.core.context import PatternContext
from naws.core.rules.environment import Variable
from naws.core.stacks import asked


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
    bindings: Sequence[Binding | Bindable],
    context: PatternContext,
    host: HostKind,
) -> ProgramPlan:
    """The variables that these fields set in a program of this host."""
    placed = tuple((f"bindings[{index}]", binding_of(each)) for index, each in enumerate(bindings))
    needs = tuple(_without_agreed(needs_of(each, context) for _, each in placed))
    bound = (set_by(*each, asked, host) for each, asked in zip(placed, needs, strict=True))
    return ProgramPlan(
        host=host,
        variables=(*variables_of(environment, secrets), *chain.from_iterable(bound)),
        bindings=placed,
        needs=needs,
    )


def binding_of(given: Binding | Bindable) -> Binding:
    """A binding, or that of what knows its own."""
    knows_its_own = hasattr(given, "binding") and not hasattr(given, "needs")
    return cast("Bindable", given).binding() if knows_its_own else cast("Binding", given)


def needs_of(binding: Binding, context: PatternContext) -> Needs:
    """Return what a binding needs; nothing for None, which replaces a value of the wrong type.

    Raises:
        TypeError: a binding of the user's own gives something else.
    """
    asked = Needs() if binding is None else binding.needs(context)  # pyright: ignore[reportUnnecessaryComparison]
    if not isinstance(asked, Needs):  # pyright: ignore[reportUnnecessaryIsInstance] - a user may write anything
        raise TypeError(f"{type(binding).__name__}.needs(context) returns Needs(…), not {asked!r}")
    return asked


def _without_agreed(all_needs: Iterable[Needs]) -> Iterator[Needs]:
    """Needs without the variables that an earlier binding fills in with the same value."""
    known: dict[str, object] = {}
    for needs in all_needs:
        values: dict[str, object] = {**needs.variables, **needs.secrets}
        agreed = {name for name, value in values.items() if name in known and known[name] == value}
        known = {**values, **known}
        yield (
            needs
            if not agreed
            else replace(
                needs,
                variables={name: value for name, value in needs.variables.items() if name not in agreed},
                secrets={name: value for name, value in needs.secrets.items() if name not in agreed},
            )
        )


def set_by(path: str, binding: Binding, needs: Needs, host: HostKind) -> Iterator[Variable]:
    """The variables that a host sets for a binding; a name of one's own is at its `variables`, once for each part."""
    own: Mapping[str, str | None] = getattr(binding, "variables", {})
    for name in host.variables_of(needs):
        parts = [part for part, given in own.items() if given == name]
        for part in parts:
            yield Variable(path=f"{path}.variables", name=name, value=None, part=part)
        if not parts:
            yield Variable(path=path, name=name, value=None, named_whole=not hasattr(binding, "name"))


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
    return asked(secret, "arn") if isinstance(secret, ecs.Secret) else ""  # pyright: ignore[reportUnnecessaryIsInstance] - None stands in for a mismatch
