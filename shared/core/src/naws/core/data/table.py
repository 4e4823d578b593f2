"""Items: a DynamoDB table on demand, with point-in-time recovery, encrypted, protected and retained."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from naws.core.bindings import TableBinding
from naws.core.context import PatternContext
from naws.core.data._table import build_table
from naws.core.data.base import DATA_CHECKS, DataPlan, decided, mended
from naws.core.data.table_props import DataTableProps
from naws.core.pattern.base import Pattern
from naws.core.rule import Check
from naws.core.rules import data_table
from naws.core.rules.values import Field
from naws.core.spelling import suggesting_arguments
from naws.core.subnets import chosen
from naws.core.validation import bind, of


@dataclass(frozen=True, kw_only=True)
class TablePlan(DataPlan):
    """A table, decided."""

    props: DataTableProps

    @property
    def keys(self) -> Iterator[data_table.Key]:
        """The attributes of all keys, of the table and of its indexes."""
        for name in ("partition_key", "sort_key"):
            yield from _key(name, getattr(self.props, name), name)
        for index, given in enumerate(self.props.global_secondary_indexes):
            for name in ("partition_key", "sort_key"):
                path = f"global_secondary_indexes[{index}]"
                yield from _key(f"{path}.{name}", chosen(given).get(name), name, of=path)


def _key(path: str, attribute: dynamodb.Attribute | None, role: str, of: str = "") -> Iterator[data_table.Key]:
    if attribute is not None:
        yield data_table.Key(path=path, value=attribute.name, type=attribute.type.name, role=role, of=of)


def _names(plan: TablePlan) -> Iterator[Field]:
    yield Field("table_name", plan.props.table_name)
    yield from _index_names(plan)


def _index_names(plan: TablePlan) -> Iterator[Field]:
    for index, given in enumerate(plan.props.global_secondary_indexes):
        yield Field(f"global_secondary_indexes[{index}].index_name", chosen(given).get("index_name"))


def _time_to_live(plan: TablePlan) -> tuple[data_table.TimeToLive]:
    given = plan.props.time_to_live_attribute
    return (data_table.TimeToLive(path="time_to_live_attribute", value=given, keys=tuple(plan.keys)),)


CHECKS: tuple[Check[TablePlan], ...] = (
    *of(lambda plan: plan, DATA_CHECKS),
    *bind(_names, data_table.NAME_RULES),
    *bind(lambda plan: plan.keys, data_table.KEY_RULES),
    *bind(lambda plan: (tuple(plan.keys),), data_table.KEYS_RULES),
    *bind(lambda plan: (tuple(_index_names(plan)),), data_table.INDEX_RULES),
    *bind(_time_to_live, data_table.TIME_TO_LIVE_RULES),
)


class DataTable(Pattern):
    """A DynamoDB table: paid by request, recoverable to any second, encrypted, protected from deletion, retained.

    Args:
        scope: a stack, best the stage's data stack, or any construct in one.
        construct_id: unique in `scope`; programs find the table in `<ID>_TABLE`.
        props: what it is; only the partition key has to be given.

    Raises:
        PatternValidationError: with every limit and practice that `props` break; the construct tree is untouched.
    """

    pattern_name = "data-table"
    checks = CHECKS
    _plan: TablePlan

    def __init__(self, scope: Construct, construct_id: str, props: DataTableProps) -> None:
        super().__init__(scope, construct_id, props)

    @classmethod
    def resolve(cls, props: DataTableProps, context: PatternContext) -> TablePlan:
        """Decide everything that `props` leave open."""
        props, context, mismatches = mended(props, context)
        return TablePlan(**decided(props, context), mismatches=mismatches)

    def _build(self, plan: TablePlan) -> cdk.CfnResource:
        self._table, resource = build_table(self, plan, plan.props)
        return resource

    @property
    def table(self) -> dynamodb.Table:
        """The table, for everything that has no field here."""
        return self._table

    @suggesting_arguments("DataTable.binding")
    def binding(
        self,
        *,
        access: Literal["read", "write", "read-write"] = "read",
        name: str | None = None,
        variables: Mapping[str, str | None] | None = None,
    ) -> TableBinding:
        """What lets a program use its items, as `TableBinding`; `name` is the construct's id when omitted."""
        name = name or self._plan.context.construct_id
        return TableBinding(self._table, access=access, name=name, variables=variables or {})
