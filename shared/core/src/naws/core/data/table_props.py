"""What a `DataTable` is given."""

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import aws_dynamodb as dynamodb

from naws.core.data.base import DataProps
from naws.core.spelling import suggesting


@suggesting
@dataclass(frozen=True, kw_only=True)
class DataTableProps(DataProps):
    """What a `DataTable` is."""

    partition_key: dynamodb.Attribute
    """The attribute by which items are found."""
    sort_key: dynamodb.Attribute | None = None
    """Orders the items of one partition key. Omitted: each partition key has one item."""
    global_secondary_indexes: Sequence[dynamodb.GlobalSecondaryIndexProps] = ()
    """Other keys to find items by. Omitted: none. CloudFormation adds or removes one an update."""
    time_to_live_attribute: str | None = None
    """A number, in seconds since 1970: DynamoDB deletes an item some time after. Omitted: items stay."""
    table_name: str | None = None
    """Omitted: with `Conventions(name_prefix=…)` the prefix and the construct's id, made unique; else CloudFormation
    names it."""
