"""Items of a DynamoDB table."""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import ClassVar, Literal

from aws_cdk import aws_dynamodb as dynamodb

from naws.core.bindings.granting import address, allow, needs_of
from naws.core.bindings.needs import Needs, Source, named, variable_name
from naws.core.context import PatternContext
from naws.core.homes import home_of
from naws.core.spelling import suggesting
from naws.core.stacks import asked, id_of

_READ = ("dynamodb:BatchGetItem", "dynamodb:ConditionCheckItem", "dynamodb:DescribeTable", "dynamodb:GetItem")
_QUERY = ("dynamodb:PartiQLSelect", "dynamodb:Query", "dynamodb:Scan")
_WRITE = (
    "dynamodb:BatchWriteItem",
    "dynamodb:DeleteItem",
    "dynamodb:DescribeTable",
    "dynamodb:PartiQLDelete",
    "dynamodb:PartiQLInsert",
    "dynamodb:PartiQLUpdate",
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
)
_ITEMS = {"read": _READ, "write": _WRITE, "read-write": tuple(sorted({*_READ, *_WRITE}))}
_WHY = "Its indexes hold the table's own items, and one may be added later."


@suggesting
@dataclass(frozen=True)
class TableBinding:
    """Items of a DynamoDB table. The program finds `<NAME>_TABLE`.

    Attributes:
        table: whose items; the key that encrypts it is granted too.
        access: read, write or read-write. read includes every index, one that is added later too; write includes
            delete.
        name: first part of the variable's name. Omitted: the table's construct id.
        variables: other names by part, of which there is one: `{"table": "ORDERS"}`. Omitted: the usual one.
    """

    parts: ClassVar = ("table",)

    table: dynamodb.ITable
    _: KW_ONLY
    access: Literal["read", "write", "read-write"] = "read"
    name: str | None = None
    variables: Mapping[str, str | None] = field(default_factory=dict[str, str | None])

    def needs(self, context: PatternContext) -> Needs:
        """The items of the table and its indexes, the key that encrypts them, and the table's name.

        DynamoDB decrypts the table's key for whoever reads or writes, and asks nothing more of the customer's key.
        Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
        """
        arn, home = asked(self.table, "table_arn"), home_of(self.table)
        indexes, items, queries = f"{arn}/index/*", _ITEMS[self.access], _QUERY if self.access != "write" else ()
        source = Source(
            field="table",
            kind="table",
            home=home,
            actions=(*items, *queries),
            arns=(arn, indexes) if queries else (arn,),
            key_actions=("kms:Decrypt",),
            key_used_by="dynamodb",
            key_unknown=""
            if isinstance(self.table, dynamodb.Table | dynamodb.TableV2)
            else "dynamodb.Table.from_table_attributes(…, encryption_key=key)",
        )
        usual = f"{variable_name(self.name or id_of(self.table))}_TABLE"
        found = address(home, context.home, asked(self.table, "table_name"), arn)
        return needs_of(
            source,
            [allow(items, arn), *([allow(queries, arn, indexes)] if queries else [])],
            named({"table": (usual, found)}, self.variables),
            key=asked(self.table, "encryption_key"),
            wildcards={indexes: _WHY} if queries else None,
        )
