"""Checks of a program's bindings: what its host gives, and the names by which it finds its data."""

from collections.abc import Iterator, Mapping
from typing import cast

from naws.core.bindings import BucketBinding, SecretBinding
from naws.core.plans.program import ProgramPlan
from naws.core.rule import Check
from naws.core.rules import data
from naws.core.rules.values import Field
from naws.core.validation import bind


def _keys(program: ProgramPlan) -> Iterator[Field]:
    for path, binding in program.bindings:
        if isinstance(binding, BucketBinding):
            yield Field(f"{path}.prefix", binding.prefix)


def _fields(program: ProgramPlan) -> Iterator[Field]:
    for path, binding in program.bindings:
        if isinstance(binding, SecretBinding):
            yield Field(f"{path}.field", binding.field)
    for variable in program.variables:
        yield Field(variable.path, data.colons_of(variable.reference))


def _asked(program: ProgramPlan) -> Iterator[data.Asked]:
    for (path, _), needs in zip(program.bindings, program.needs, strict=True):
        yield data.Asked(path=path, needs=needs, host=program.host)


def _renamed(program: ProgramPlan) -> Iterator[data.Renamed]:
    for path, binding in program.bindings:
        parts, names = getattr(binding, "parts", None), getattr(binding, "variables", None)
        if isinstance(parts, tuple) and isinstance(names, Mapping):
            yield data.Renamed(path=f"{path}.variables", value=names, parts=cast("tuple[str, ...]", parts))


PROGRAM_CHECKS: tuple[Check[ProgramPlan], ...] = (
    *bind(_keys, data.OBJECT_KEY_RULES),
    data.field_of_secret.on(_fields),
    data.known_parts.on(_renamed),
    *bind(_asked, data.NEEDS_RULES),
)
