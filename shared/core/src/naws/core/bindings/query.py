"""Queries of Athena over tables of the Glue Data Catalog."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field, replace
from functools import cache
from itertools import chain
from typing import ClassVar

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3

from naws.core.bindings.bucket import BucketBinding
from naws.core.bindings.granting import allow
from naws.core.bindings.needs import Needs, Source, Statement, named, variable_name
from naws.core.context import PatternContext
from naws.core.spelling import suggesting

_RUNNING = (
    "athena:GetQueryExecution",
    "athena:GetQueryResults",
    "athena:GetWorkGroup",
    "athena:StartQueryExecution",
    "athena:StopQueryExecution",
)
_READING = (
    "glue:BatchGetPartition",
    "glue:GetDatabase",
    "glue:GetPartition",
    "glue:GetPartitions",
    "glue:GetTable",
    "glue:GetTables",
)
_WHY = "Every table of this database may be queried; the database is named."
_LAKE_FORMATION = (
    "in Lake Formation, where that governs the tables: DESCRIBE on {} and SELECT on its tables for the program's role, "
    'and here RawBinding(Needs(statements=[{{"Effect": "Allow", "Action": "lakeformation:GetDataAccess", '
    '"Resource": "*"}}]))'
)


@suggesting
@dataclass(frozen=True)
class QueryBinding:
    """Queries of Athena. The program finds `<NAME>_DATABASE`, `<NAME>_WORKGROUP` and, to write to, `<NAME>_OUTPUT`.

    The workgroup and the database are of the stack's own account and region. What Lake Formation asks beside IAM is no
    binding's to give: it is reported as advice.

    Attributes:
        workgroup: the name of Athena's workgroup.
        database: the name of the database in the Glue Data Catalog; each of its tables may be read.
        results: the bucket that Athena writes results to, and the program reads them from.
        results_prefix: only keys that begin so. Omitted: the whole bucket.
        data: the objects that the tables are made of, as far as no other binding has them: `[BucketBinding(sales,
            prefix="orders/")]`, each without variables. Omitted: none.
        name: first part of the variables' names. Omitted: QUERY.
        variables: other names by part, `database`, `workgroup` and `output`; None leaves one out. Omitted: the usual
            ones.
    """

    parts: ClassVar = ("database", "workgroup", "output")

    workgroup: str
    _: KW_ONLY
    database: str
    results: s3.IBucket
    results_prefix: str | None = None
    data: Sequence[BucketBinding] = ()
    name: str | None = None
    variables: Mapping[str, str | None] = field(default_factory=dict[str, str | None])

    def needs(self, context: PatternContext) -> Needs:
        """The workgroup, the catalog's tables, their data, and the objects of results."""
        name, tables = variable_name(self.name or "QUERY"), _catalog(f"table/{self.database}/*")
        objects = [replace(each.needs(context), variables={}) for _, each in self._buckets()]
        output = f"s3://{self.results.bucket_name}/{self.results_prefix or ''}"
        values = {
            "database": (f"{name}_DATABASE", self.database),
            "workgroup": (f"{name}_WORKGROUP", self.workgroup),
            "output": (f"{name}_OUTPUT", output),
        }
        return Needs(
            statements=(*self._queries(tables), *chain.from_iterable(each.statements for each in objects)),
            wildcards={tables: _WHY} | {key: why for each in objects for key, why in each.wildcards.items()},
            variables=named(values, self.variables),
            owner_must=(_LAKE_FORMATION.format(self.database),),
            sources=tuple(self._sources(objects)),
        )

    def _buckets(self) -> Iterator[tuple[str, BucketBinding]]:
        yield "results", BucketBinding(self.results, prefix=self.results_prefix, access="append")
        for index, each in enumerate(self.data):
            yield f"data[{index}].bucket", each

    def _queries(self, tables: str) -> Iterator[Statement]:
        """What Athena asks of whoever runs a query.

        Source: https://docs.aws.amazon.com/athena/latest/ug/example-policies-workgroup.html (running queries),
        https://docs.aws.amazon.com/athena/latest/ug/fine-grained-access-to-glue-resources.html (the database, and the
        one called `default`, which has to be allowed whatever is queried), and
        https://docs.aws.amazon.com/athena/latest/ug/amazonathenafullaccess-managed-policy.html (results)
        """
        yield allow(_RUNNING, f"{_arn('athena')}:workgroup/{self.workgroup}")
        yield allow(_READING, _catalog(), _catalog(f"database/{self.database}"), tables)
        yield allow(("glue:CreateDatabase", "glue:GetDatabase"), _catalog(), _catalog("database/default"))
        # Before a query Athena looks whether the bucket is there, whatever the prefix.
        bucket = self.results.bucket_arn
        yield allow(("s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"), bucket)
        yield allow(("s3:GetObject", "s3:ListMultipartUploadParts"), f"{bucket}/{self.results_prefix or ''}*")

    def _sources(self, objects: Sequence[Needs]) -> Iterator[Source]:
        fields = (path for path, _ in self._buckets())
        for path, needs in zip(fields, objects, strict=True):
            yield from (replace(source, field=path) for source in needs.sources)


def _catalog(part: str = "catalog") -> str:
    return f"{_arn('glue')}:{part}"


@cache
def _arn(service: str) -> str:
    """The beginning of ARNs of a service in the account and region of whatever stack it is written in."""
    return f"arn:{cdk.Aws.PARTITION}:{service}:{cdk.Aws.REGION}:{cdk.Aws.ACCOUNT_ID}"
