"""Where data lives: hardened constructs for the data stack, each with its binding.

DataBucket   objects: an S3 bucket                                    .bucket
DataTable    items: a DynamoDB table                                  .table
Database     rows: PostgreSQL, an RDS instance or Aurora Serverless   .instance or .cluster, .secret, .connections
FileStore    files: an EFS file system                                .file_system, .connections

They are validated and built as patterns are, and started by nobody: no entry point lists them. Few fields; everything
else is set on the construct of CDK's that each exposes.
"""

from typing import Any

from naws.core.data.bucket import DataBucket, DataBucketProps
from naws.core.data.database import Database
from naws.core.data.database_plan import DatabaseProps
from naws.core.data.engines import AuroraServerlessV2, PostgresInstance
from naws.core.data.files import FileStore, FileStoreProps
from naws.core.data.table import DataTable
from naws.core.data.table_props import DataTableProps
from naws.core.pattern.info import PatternInfo
from naws.core.rule import Rule
from naws.core.rules.acknowledgements import ACKNOWLEDGEMENT_RULES

DATA_CONSTRUCTS = tuple(
    PatternInfo(
        name=construct.pattern_name,
        construct=construct,
        props=props,
        rules=tuple(
            {rule.code: rule for rule in (*(each.rule for each in construct.checks), *ACKNOWLEDGEMENT_RULES)}.values()
        ),
    )
    for construct, props in (
        (DataBucket, DataBucketProps),
        (DataTable, DataTableProps),
        (Database, DatabaseProps),
        (FileStore, FileStoreProps),
    )
)
"""Their descriptions, for whoever lists them: the command line, the documentation, the tests."""

DATA_RULES: tuple[Rule[Any], ...] = tuple({rule.code: rule for each in DATA_CONSTRUCTS for rule in each.rules}.values())
"""Every rule that one of them is held to."""

__all__ = [
    "AuroraServerlessV2",
    "DataBucket",
    "DataBucketProps",
    "DataTable",
    "DataTableProps",
    "Database",
    "DatabaseProps",
    "FileStore",
    "FileStoreProps",
    "PostgresInstance",
]
