"""Tables of DynamoDB: their names, keys, indexes and what deletes their items."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from naws.core.rule import Finding, limit, practice
from naws.core.rules.values import Field, format_number, is_text

_NAMING = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html"
_QUOTAS = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html"
_NAME = re.compile(r"[A-Za-z0-9_.-]{3,255}")
_SHORTEST, _LONGEST = 3, 255
_MOST_INDEXES = 20
_ID = 'partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING)'
_BY = (
    'global_secondary_indexes=[dynamodb.GlobalSecondaryIndexProps(index_name="{}", '
    'partition_key=dynamodb.Attribute(name="customer", type=dynamodb.AttributeType.{}))]'
)


@dataclass(frozen=True, kw_only=True)
class Key(Field):
    """An attribute of a key; its value is the attribute's name.

    Attributes:
        type: of its values: STRING, NUMBER or BINARY.
        role: `partition_key` or `sort_key`.
        of: the index; empty of the table itself.
    """

    type: str
    role: str
    of: str

    def written(self, name: str, kind: str = "") -> str:
        """It as Python, by another name or of another type."""
        return f'{self.role}=dynamodb.Attribute(name="{name}", type=dynamodb.AttributeType.{kind or self.type})'


@dataclass(frozen=True, kw_only=True)
class TimeToLive(Field):
    """The attribute by which items are deleted, beside all attributes of keys."""

    keys: Sequence[Key]


@limit(
    code="NAWS-TABLE-001",
    title="A table's or index's name has 3 to 255 letters, digits, underscores, hyphens and dots",
    source=_NAMING,
    example='table_name="orders 2026"',
    fix='table_name="orders-2026"',
)
def table_name(name: Field) -> Iterator[Finding]:
    """DynamoDB refuses any other, in the middle of the deployment. CloudFormation names a table that is given none."""
    if is_text(name.value) and not _NAME.fullmatch(name.value):
        legal = re.sub(r"[^A-Za-z0-9_.-]+", "-", name.value)[:_LONGEST].strip("-")
        legal = legal if len(legal) >= _SHORTEST else f"{legal}-table".lstrip("-")
        yield name.finding(f"{_SHORTEST} to {_LONGEST} of A-Z, a-z, 0-9, _ - and .", f'{name.name}="{legal}"')


@limit(
    code="NAWS-TABLE-002",
    title="A key's attribute has a name of 1 to 255 characters",
    source=_NAMING,
    example=_ID.replace('"id"', '""'),
    fix=_ID,
)
def key_name(key: Key) -> Iterator[Finding]:
    """DynamoDB refuses any other; it counts UTF-8."""
    size = len(key.value.encode(errors="surrogatepass")) if is_text(key.value) else 1
    if not 1 <= size <= _LONGEST:
        name = key.value.encode(errors="ignore")[:_LONGEST].decode(errors="ignore") or "id"
        expected = f"1 to {_LONGEST} bytes in UTF-8"
        yield key.finding(expected, key.written(name), shown=f"{format_number(size)} bytes")


@limit(
    code="NAWS-TABLE-003",
    title="An attribute has one type in all keys",
    source="https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeDefinition.html",
    example=f"{_ID.replace('id', 'customer')}, {_BY.format('by-customer', 'NUMBER')}",
    fix=f"{_ID.replace('id', 'customer')}, {_BY.format('by-customer', 'STRING')}",
)
def one_type(keys: Sequence[Key]) -> Iterator[Finding]:
    """A table defines each attribute once, for its own keys and for those of its indexes."""
    first: dict[str, Key] = {}
    for key in keys:
        other = first.setdefault(key.value, key)
        if other.type != key.type:
            expected = f'{other.type}, the type that "{key.value}" has in {other.path}'
            yield Field(key.path).finding(expected, key.written(key.value, other.type), shown=key.type)


@limit(
    code="NAWS-TABLE-004",
    title="A sort key is another attribute than its partition key",
    source="https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_KeySchemaElement.html",
    example=f"{_ID}, {_ID.replace('partition', 'sort')}",
    fix=f"{_ID}, {_ID.replace('partition', 'sort').replace('id', 'created')}",
)
def two_attributes(keys: Sequence[Key]) -> Iterator[Finding]:
    """One attribute in both places would order nothing, and DynamoDB refuses it."""
    partition = {key.of: key.value for key in keys if key.role == "partition_key"}
    for key in keys:
        if key.role == "sort_key" and partition.get(key.of) == key.value:
            remedy = f"omit sort_key\n{key.written('created')}"
            yield Field(key.path).finding("another attribute than the partition key", remedy, shown=f'"{key.value}"')


@limit(
    code="NAWS-TABLE-005",
    title="Indexes of a table have different names",
    source="https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GlobalSecondaryIndex.html",
    example=_BY.format("by-customer", "STRING").replace("[", "2 * ["),
    fix=_BY.format("by-customer", "STRING"),
)
def different_indexes(names: Sequence[Field]) -> Iterator[Finding]:
    """A query names the index that it asks."""
    seen: set[str] = set()
    for name in names:
        if is_text(name.value) and name.value in seen:
            yield name.finding("a name that no other index has", f'index_name="{name.value}-{len(seen) + 1}"')
        seen.add(name.value)


@practice(
    code="NAWS-TABLE-006",
    title="A table has 20 global secondary indexes at most",
    source=_QUOTAS,
    example="global_secondary_indexes=[dynamodb.GlobalSecondaryIndexProps(index_name=f'by-{n}', partition_key="
    "dynamodb.Attribute(name=f'a{n}', type=dynamodb.AttributeType.STRING)) for n in range(21)]",
    fix=_BY.format("by-customer", "STRING"),
)
def few_indexes(names: Sequence[Field]) -> Iterator[Finding]:
    """That is the quota of an account which has not asked for more; each index stores and is paid for every write."""
    if len(names) > _MOST_INDEXES:
        yield Field("global_secondary_indexes").finding(
            f"{_MOST_INDEXES} or fewer, the default quota",
            "global_secondary_indexes=[…]  # those that queries ask",
            shown=f"{len(names)} indexes",
        )


@practice(
    code="NAWS-TABLE-007",
    title="Items expire by a number",
    source="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-before-you-start.html",
    example=f'{_ID}, time_to_live_attribute="id"',
    fix=f'{_ID}, time_to_live_attribute="expires_at"',
)
def expires_by_number(field: TimeToLive) -> Iterator[Finding]:
    """DynamoDB reads seconds since 1970, as a number; of another type it deletes nothing, and tells nobody."""
    for key in field.keys:
        if key.value == field.value and key.type != "NUMBER":
            expected = f"an attribute of numbers; {key.path} has it as {key.type}"
            yield field.finding(expected, 'time_to_live_attribute="expires_at"\nomit time_to_live_attribute')
            return


NAME_RULES = (table_name,)
KEY_RULES = (key_name,)
KEYS_RULES = (one_type, two_attributes)
"""The rules for all keys together."""
INDEX_RULES = (different_indexes, few_indexes)
TIME_TO_LIVE_RULES = (expires_by_number,)
