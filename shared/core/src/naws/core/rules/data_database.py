"""Databases of RDS: their names, sizes, versions and backups."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from naws.core.rule import Finding, advice, limit, practice
from naws.core.rules.values import Bounds, Field, as_duration, as_number, is_number, is_text, is_whole

_INSTANCE = "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html"
_SERVERLESS = "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.requirements.html"
_AUTOSCALING = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.Autoscaling.html"
_DAY, _HOURS = 86_400, 730
_HOURLY, _GIB_MONTH, _GIB = 0.016, 0.115, 20
"""USD in us-east-1 of a db.t4g.micro in one zone, and of a GiB of gp3 storage. Source, as of June 2026:
https://aws.amazon.com/rds/postgresql/pricing/"""
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}")
_IDENTIFIER = re.compile(r"(?=.{1,63}$)[A-Za-z](-?[A-Za-z0-9])*")
_MAJOR = re.compile(r"[1-9][0-9]")
_RESERVED_NAMES = ("admin", "database", "template0", "template1")
_DOUBTFUL_NAMES = ("db", "rdsadmin")
"""Which RDS may keep for itself: no rule refuses them, and no database is named so by itself."""
_SQL = """
all analyse analyze and any array as asc asymmetric both case cast check collate column constraint create
current_catalog current_date current_role current_time current_timestamp current_user default deferrable desc distinct
do else end except false fetch for foreign from grant group having in initially intersect into lateral leading limit
localtime localtimestamp not null offset on only or order placing primary references returning select session_user
some symmetric system_user table then to trailing true union unique user using variadic when where window with
"""
_WORDS_OF_SQL = frozenset(_SQL.split())
"""Source: https://www.postgresql.org/docs/current/sql-keywords-appendix.html (reserved)"""
_STORAGE = Bounds(low=20, high=65_536, unit="GiB")
_ACU = Bounds(low=0, high=256, unit="ACU", whole=False)
_MOST_ACU = Bounds(low=1, high=256, unit="ACU", whole=False)


@dataclass(frozen=True, kw_only=True)
class Storage(Field):
    """Storage in GiB: at first, and up to how much it grows."""

    first: Any
    most: Any


@dataclass(frozen=True, kw_only=True)
class Capacity(Field):
    """The least and the most ACU."""

    least: Any
    most: Any

    @property
    def ends(self) -> tuple[Field, Field]:
        """Both, with their fields."""
        return Field(f"{self.path}.min_capacity", self.least), Field(f"{self.path}.max_capacity", self.most)


def may_be_reserved(name: str) -> bool:
    """Whether RDS keeps a database's name for itself, or may."""
    return name.lower() in (*_RESERVED_NAMES, *_DOUBTFUL_NAMES, *_WORDS_OF_SQL)


@advice(
    code="NAWS-DB-001",
    title="A database that costs money is chosen",
    source="https://aws.amazon.com/rds/postgresql/pricing/",
    example="engine=None",
    fix="engine=PostgresInstance()",
)
def chosen_engine(engine: Field) -> Iterator[Finding]:
    """When none is given it is the smallest instance, in one zone; it costs the same whether anybody asks it or not.

    The price is AWS's of us-east-1, without backups beyond the database's size; other regions differ.
    """
    cost = math.ceil(_HOURLY * _HOURS + _GIB_MONTH * _GIB)
    yield engine.finding(
        expected="an engine, since one is created: a db.t4g.micro in one zone with 20 GiB costs some "
        f"{cost} USD a month in us-east-1",
        remedy="engine=PostgresInstance()  # as it is, known to cost that\n"
        "engine=AuroraServerlessV2(min_capacity=0)  # pauses when nobody connects",
    )


@limit(
    code="NAWS-DB-002",
    title="A database's identifier has 1 to 63 letters, digits and single hyphens",
    source=_INSTANCE,
    example='identifier="orders_prod"',
    fix='identifier="orders-prod"',
)
def identifier(name: Field) -> Iterator[Finding]:
    """It begins with a letter and does not end with a hyphen; RDS stores it in small letters."""
    if is_text(name.value) and not _IDENTIFIER.fullmatch(name.value):
        legal = re.sub(r"[^A-Za-z0-9]+", "-", name.value)[:63].strip("-")
        legal = re.sub(r"^[^A-Za-z]+", "", legal)
        expected = "1 to 63 letters, digits and single hyphens, a letter first, no hyphen last"
        yield name.finding(expected, f'identifier="{legal}"' if legal else "omit identifier")


@limit(
    code="NAWS-DB-003",
    title="A database's name has 1 to 63 letters, digits and underscores",
    source=_INSTANCE,
    example='database_name="sales-orders"',
    fix='database_name="sales_orders"',
)
def database_name(name: Field) -> Iterator[Finding]:
    """It begins with a letter. Others can be made in SQL, with quotes around them ever after."""
    yield from _sql_name(name)


@limit(
    code="NAWS-DB-004",
    title="A database's name is none that RDS keeps for itself",
    source="https://github.com/awslabs/aws-saas-boost/issues/180, https://github.com/orgs/noop-inc/discussions/99, "
    "https://www.postgresql.org/docs/current/manage-ag-templatedbs.html",
    example='database_name="admin"',
    fix='database_name="admin_data"',
)
def free_name(name: Field) -> Iterator[Finding]:
    """RDS answers that it is a reserved word for this engine, or PostgreSQL that it is there already."""
    if is_text(name.value) and name.value.lower() in _RESERVED_NAMES:
        expected = f"a name other than {', '.join(_RESERVED_NAMES)}"
        yield name.finding(expected, f'database_name="{name.value}_data"')


@limit(
    code="NAWS-DB-005",
    title="A master user's name has 1 to 63 letters, digits and underscores",
    source="https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html",
    example='username="report-writer"',
    fix='username="report_writer"',
)
def username(name: Field) -> Iterator[Finding]:
    """It begins with a letter. Another one later is another database."""
    yield from _sql_name(name)


@limit(
    code="NAWS-DB-006",
    title="A master user's name is none that RDS or PostgreSQL keep for themselves",
    source="https://github.com/aws-cloudformation/cfn-lint/pull/4425 and "
    "https://github.com/DataShades/ckan-aws-templates/issues/6, which have RDS's answers",
    example='username="admin"',
    fix='username="postgres"',
)
def free_username(name: Field) -> Iterator[Finding]:
    """RDS refuses `admin` and `rdsadmin` of PostgreSQL, and PostgreSQL every role whose name begins with `pg_`."""
    given = name.value.lower() if is_text(name.value) else ""
    if given in ("admin", "rdsadmin") or given.startswith("pg_"):
        yield name.finding("a name other than admin and rdsadmin that does not begin with pg_", 'username="postgres"')


@limit(
    code="NAWS-DB-007",
    title="An instance has 20 to 65,536 GiB of storage",
    source=_INSTANCE,
    example="engine=PostgresInstance(allocated_storage_gib=10)",
    fix="engine=PostgresInstance(allocated_storage_gib=20)",
)
def storage(of: Storage) -> Iterator[Finding]:
    """RDS takes no other size of gp3 storage."""
    yield from _STORAGE.check(Field(f"{of.path}.allocated_storage_gib", of.first))
    yield from _STORAGE.check(Field(f"{of.path}.max_allocated_storage_gib", of.most))


@limit(
    code="NAWS-DB-008",
    title="Storage that grows may grow by 10% or more",
    source=_AUTOSCALING,
    example="engine=PostgresInstance(allocated_storage_gib=100)",
    fix="engine=PostgresInstance(allocated_storage_gib=100, max_allocated_storage_gib=200)",
)
def room_to_grow(of: Storage) -> Iterator[Finding]:
    """RDS refuses a nearer end. From 26% on it does not send events about it from the beginning."""
    if not (is_whole(of.first) and is_whole(of.most)):
        return
    least = math.ceil(of.first * 1.1)
    if of.first >= _STORAGE.low and of.most < least:
        field = Field(f"{of.path}.max_allocated_storage_gib", of.most)
        nearest = min(math.ceil(of.first * 1.26), int(_STORAGE.high))
        yield field.finding(
            f"{least:,} GiB or more, or None",
            f"max_allocated_storage_gib={nearest if nearest >= least else None}\nmax_allocated_storage_gib=None",
        )


@limit(
    code="NAWS-DB-009",
    title="Backups are kept for 1 to 35 whole days",
    source=_INSTANCE,
    example="backup_retention=cdk.Duration.days(90)",
    fix="backup_retention=cdk.Duration.days(35)",
)
def backups(field: Field) -> Iterator[Finding]:
    """RDS keeps automated backups no longer, and none at all would be a database that cannot be restored.

    AWS Backup keeps copies for longer.
    """
    given = field.value
    if is_number(given) and (given % _DAY or not _DAY <= given <= 35 * _DAY):
        nearest = min(max(given // _DAY, 1), 35) * _DAY
        yield field.finding("1 to 35 whole days", f"backup_retention={as_duration(nearest)}", shown=as_duration(given))


@limit(
    code="NAWS-DB-010",
    title="Serverless capacity is 0 to 256 ACU in steps of 0.5",
    source=_SERVERLESS,
    example="engine=AuroraServerlessV2(min_capacity=0.25)",
    fix="engine=AuroraServerlessV2(min_capacity=0.5)",
)
def steps(capacity: Capacity) -> Iterator[Finding]:
    """Aurora scales in steps of 0.5 ACU; its most is 1 ACU or more."""
    for field, bounds in zip(capacity.ends, (_ACU, _MOST_ACU), strict=True):
        given = field.value
        outside = list(bounds.check(field))
        yield from outside
        if not outside and is_number(given) and given * 2 % 1:
            yield field.finding("steps of 0.5 ACU", f"{field.name}={as_number(math.ceil(given * 2) / 2)}")


@limit(
    code="NAWS-DB-011",
    title="The least serverless capacity is not above the most",
    source=_SERVERLESS,
    example="engine=AuroraServerlessV2(min_capacity=8)",
    fix="engine=AuroraServerlessV2(min_capacity=2)",
)
def range_of_capacity(capacity: Capacity) -> Iterator[Finding]:
    """It is a range: Aurora refuses one that ends before it begins."""
    least, most = capacity.ends
    if is_number(least.value) and is_number(most.value) and least.value > most.value >= _MOST_ACU.low:
        yield least.finding(
            f"{as_number(most.value)} ACU or less, max_capacity", f"min_capacity={as_number(most.value)}"
        )


@practice(
    code="NAWS-DB-012",
    title="A version is a major version",
    source="https://github.com/aws-samples/dify-self-hosted-on-aws/issues/101, "
    "https://github.com/CDCgov/dibbs-query-connector/pull/961",
    example='engine=PostgresInstance(version="17.4")',
    fix='engine=PostgresInstance(version="17")',
)
def major_version(version: Field) -> Iterator[Finding]:
    """RDS upgrades minor versions by itself: a template that names one asks it to go back, and the deployment fails."""
    if is_text(version.value) and not _MAJOR.fullmatch(version.value):
        found = re.search(r"[1-9][0-9]", version.value)
        yield version.finding("a major version, such as 17", f'version="{found[0] if found else 17}"')


@practice(
    code="NAWS-DB-013",
    title="A database's name is no word that SQL keeps for itself",
    source=f"{_INSTANCE}, https://www.postgresql.org/docs/current/sql-keywords-appendix.html",
    example='database_name="order"',
    fix='database_name="order_data"',
)
def no_word_of_sql(name: Field) -> Iterator[Finding]:
    """RDS documents that it takes no word which the engine reserves; PostgreSQL would want quotes around it."""
    if is_text(name.value) and name.value.lower() in _WORDS_OF_SQL:
        yield name.finding("a name that SQL does not reserve", f'database_name="{name.value}_data"')


def _sql_name(name: Field) -> Iterator[Finding]:
    if is_text(name.value) and not _NAME.fullmatch(name.value):
        legal = re.sub(r"^[^A-Za-z]+", "", re.sub(r"[^A-Za-z0-9]+", "_", name.value))[:63].strip("_")
        expected = "1 to 63 letters, digits and underscores, a letter first"
        yield name.finding(expected, f'{name.name}="{legal}"' if legal else f"omit {name.name}")


UNCHOSEN_RULES = (chosen_engine,)
IDENTIFIER_RULES = (identifier,)
NAME_RULES = (database_name, free_name, no_word_of_sql)
USERNAME_RULES = (username, free_username)
STORAGE_RULES = (storage, room_to_grow)
BACKUP_RULES = (backups,)
CAPACITY_RULES = (steps, range_of_capacity)
VERSION_RULES = (major_version,)
