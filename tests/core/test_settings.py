"""What a setting comes to is what was decided for it, and nothing of another part of the plan by the same name."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from naws.core import Conventions
from naws.core.pattern.settings import _Settings


@dataclass(frozen=True)
class Check:
    """Of a thing in the props.

    Attributes:
        path: Omitted: a usual one.
        codes: Omitted: those.
    """

    path: str | None = None
    codes: str | None = None


@dataclass(frozen=True)
class Props:
    """Of a pattern."""

    check: Check = field(default_factory=Check)
    logs: bool = True
    kept: bool = True


@dataclass(frozen=True)
class Network:
    path: str = "Conventions.vpc"


@dataclass(frozen=True)
class Health:
    path: str = "/health"
    codes: str = "200"


@dataclass(frozen=True)
class Edge:
    logs: bool
    kept: bool = True


def settings(props: Props, *, logs: bool) -> dict[str, tuple[Any, str]]:
    context = SimpleNamespace(conventions=Conventions())
    plan: Any = SimpleNamespace(props=props, context=context, network=Network(), health=Health(), edge=Edge(logs))
    return {each.name: (each.value, each.origin) for each in _Settings(plan, {}).all(vars(props))}


def test_a_part_that_has_all_of_it_comes_before_one_that_has_a_name_alone() -> None:
    found = settings(Props(), logs=True)
    assert (found["check.path"], found["check.codes"]) == (("/health", "default"), ("200", "default"))


def test_what_was_decided_against_a_default_is_shown() -> None:
    found = settings(Props(), logs=False)
    assert (found["logs"], found["kept"]) == ((False, "default"), (True, "props or default"))
    assert settings(Props(logs=False), logs=False)["logs"] == (False, "props")
