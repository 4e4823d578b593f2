"""Checks of a program's bindings: what its host gives, and the names by which it finds its data."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import cast

from constructs import Construct

from naws.core.bindings import (
    BucketBinding,
    DatabaseBinding,
    EventBusBinding,
    FileSystemBinding,
    QueryBinding,
    SecretBinding,
)
from naws.core.databases import data_api_is_on, database_kind, endpoint_of, has_groups
from naws.core.plans.program import ProgramPlan
from naws.core.rule import Check
from naws.core.rules import data, mounts
from naws.core.rules.databases import DATABASE_RULES, DatabaseView
from naws.core.rules.queries import QUERY_RULES
from naws.core.rules.values import Field
from naws.core.stacks import id_of
from naws.core.validation import bind


def _keys(program: ProgramPlan) -> Iterator[Field]:
    for path, binding in program.bindings:
        if isinstance(binding, BucketBinding):
            yield Field(f"{path}.prefix", binding.prefix)
        if isinstance(binding, QueryBinding):
            yield Field(f"{path}.results_prefix", binding.results_prefix)
            for index, each in enumerate(binding.data):
                yield Field(f"{path}.data[{index}].prefix", each.prefix)


def _fields(program: ProgramPlan) -> Iterator[Field]:
    for path, binding in program.bindings:
        if isinstance(binding, SecretBinding):
            yield Field(f"{path}.field", binding.field)
    for variable in program.variables:
        yield Field(variable.path, data.colons_of(variable.reference))


def _sources(program: ProgramPlan) -> Iterator[Field]:
    for path, binding in program.bindings:
        if isinstance(binding, EventBusBinding):
            yield Field(f"{path}.source", binding.source)


def _databases(program: ProgramPlan) -> Iterator[DatabaseView]:
    for path, binding in program.bindings:
        if isinstance(binding, DatabaseBinding):
            database, over_network = binding.database, binding.via == "network"
            yield DatabaseView(
                path=path,
                kind=database_kind(database),
                via=binding.via,
                login=binding.login is not None,
                groups=not over_network or has_groups(database),
                endpoint=not over_network or endpoint_of(database) is not None,
                data_api=None if over_network or database_kind(database) != "cluster" else data_api_is_on(database),
            )


def _paths(program: ProgramPlan) -> Iterator[Field]:
    for (path, binding), needs in zip(program.bindings, program.needs, strict=True):
        own = isinstance(binding, FileSystemBinding)
        for each in needs.mounts:
            yield Field(f"{path}.path" if own else path, each.path)


def _names(program: ProgramPlan) -> Iterator[Field]:
    for path, binding in program.bindings:
        if isinstance(binding, QueryBinding):
            yield Field(f"{path}.workgroup", binding.workgroup)
            yield Field(f"{path}.database", binding.database)


def _asked(program: ProgramPlan) -> Iterator[data.Asked]:
    for (path, _), needs in zip(program.bindings, program.needs, strict=True):
        yield data.Asked(path=path, needs=needs, host=program.host)


def _named(program: ProgramPlan) -> Iterator[Field]:
    """The name of each binding that makes its variables of one: its own, else the construct id of what it is of."""
    for path, binding in program.bindings:
        name: str | None = getattr(binding, "name", None)
        if name is not None:
            yield Field(f"{path}.name", name)
        elif hasattr(binding, "name") and is_dataclass(binding):
            source = getattr(binding, fields(binding)[0].name)
            yield from (Field(f"{path}.name", id_of(source)),) if isinstance(source, Construct) else ()


def _renamed(program: ProgramPlan) -> Iterator[data.Renamed]:
    variables = {name for needs in program.needs for name in (*needs.variables, *needs.secrets)}
    for path, binding in program.bindings:
        parts, names = getattr(binding, "parts", None), getattr(binding, "variables", None)
        if isinstance(parts, tuple) and isinstance(names, Mapping):
            of = cast("tuple[str, ...]", parts)
            yield data.Renamed(path=f"{path}.variables", value=names, parts=of, variables=variables)


PROGRAM_CHECKS: tuple[Check[ProgramPlan], ...] = (
    *bind(_keys, data.OBJECT_KEY_RULES),
    data.field_of_secret.on(_fields),
    data.own_source.on(_sources),
    data.known_parts.on(_renamed),
    data.name_of_binding.on(_named),
    *bind(_databases, DATABASE_RULES),
    *bind(_paths, mounts.MOUNT_RULES),
    mounts.one_a_path.on(lambda program: (tuple(_paths(program)),)),
    *bind(_names, QUERY_RULES),
    *bind(_asked, data.NEEDS_RULES),
)
