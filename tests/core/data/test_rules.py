"""The rules of each construct of data keep their contract; and what lies at their edges."""

from typing import Any, ClassVar

import aws_cdk as cdk
import pytest
from aws_cdk import aws_dynamodb as dynamodb

import naws.core
from naws.core import NewVpc, PatternContext, PatternValidationError, ServiceStage
from naws.core.data import DATA_CONSTRUCTS, DATA_RULES, Database, DatabaseProps, PostgresInstance
from naws.core.pattern.info import PatternInfo, installed_patterns
from naws.testing import PropsJudge, RuleContract
from naws.testing.rule_contract import public_names

BUCKET, TABLE, DATABASE, FILES = DATA_CONSTRUCTS
ID = dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING)


def judge(info: PatternInfo, **required: Any) -> PropsJudge:
    names = {name: getattr(naws.core, name) for name in naws.core.__all__}
    return PropsJudge(info, {**names, **public_names(info), "dynamodb": dynamodb}, required)


class TestBucketRules(RuleContract):
    pattern = BUCKET
    words = frozenset({"NAWS-BUCKET-004"})

    def judge(self) -> PropsJudge:
        return judge(BUCKET)


class TestTableRules(RuleContract):
    pattern = TABLE
    words = frozenset({"NAWS-TABLE-006"})
    moves = dict.fromkeys(("NAWS-TABLE-003", "NAWS-TABLE-005"), "what changes is within a struct of CDK's")

    def judge(self) -> PropsJudge:
        return judge(TABLE, partition_key=ID)


class TestDatabaseRules(RuleContract):
    pattern = DATABASE
    examples: ClassVar = {
        "NAWS-DATA-001": (  # of its own a database takes snapshots
            "conventions=Conventions(removal_policy=cdk.RemovalPolicy.SNAPSHOT)",
            "conventions=Conventions(removal_policy=cdk.RemovalPolicy.RETAIN)",
        ),
    }

    def judge(self) -> PropsJudge:
        return judge(DATABASE, engine=PostgresInstance())


class TestFileRules(RuleContract):
    pattern = FILES

    def judge(self) -> PropsJudge:
        return judge(FILES)


def codes(info: PatternInfo, **given: Any) -> list[str]:
    required = {"partition_key": ID} if info is TABLE else {"engine": PostgresInstance()} if info is DATABASE else {}
    return [each.code for each in judge(info, **required).issues(**given)]


@pytest.mark.parametrize("name", ["abc", "a" * 63, "sales-2026", "1a1", pytest.param(cdk.Fn.ref("Name"), id="token")])
def test_names_that_s3_takes(name: str) -> None:
    assert codes(BUCKET, bucket_name=name) == []


@pytest.mark.parametrize(
    "name", ["ab", "a" * 64, "-ab", "ab-", "a..b", "10.0.0.1", "xn--abc", "abc-s3alias", "A1b", "a_b", "", "größe"]
)
def test_names_that_s3_refuses(name: str) -> None:
    assert "NAWS-BUCKET-001" in codes(BUCKET, bucket_name=name)


@pytest.mark.parametrize(("days", "refused"), [(1, False), (35, False), (36, True), (0, True), (0.5, True)])
def test_backups_are_kept_for_1_to_35_days(days: float, refused: bool) -> None:  # noqa: FBT001
    found = codes(DATABASE, backup_retention=cdk.Duration.hours(days * 24))
    assert ("NAWS-DB-009" in found) == refused


@pytest.mark.parametrize("name", ["pg_dba", "rdsadmin", "Admin"])
def test_users_that_are_kept(name: str) -> None:
    assert codes(DATABASE, username=name) == ["NAWS-DB-006"]


@pytest.mark.parametrize("name", ["admin", "Database", "template1"])
def test_databases_that_are_kept(name: str) -> None:
    assert codes(DATABASE, database_name=name) == ["NAWS-DB-004"]


@pytest.mark.parametrize("name", ["orders", "Orders", "a", "a" * 63, "a-1-b"])
def test_identifiers_that_rds_takes(name: str) -> None:
    assert codes(DATABASE, identifier=name) == []


@pytest.mark.parametrize("name", ["1a", "a--b", "a-", "a" * 64, "a_b", ""])
def test_identifiers_that_rds_refuses(name: str) -> None:
    assert codes(DATABASE, identifier=name) == ["NAWS-DB-002"]


@pytest.mark.parametrize(("first", "most", "refused"), [(20, 22, False), (20, 21, True), (100, None, False)])
def test_storage_has_room_to_grow(first: int, most: int | None, refused: bool) -> None:  # noqa: FBT001
    engine = PostgresInstance(allocated_storage_gib=first, max_allocated_storage_gib=most)
    assert codes(DATABASE, engine=engine) == (["NAWS-DB-008"] if refused else [])


def test_what_nobody_chose_costs() -> None:
    (issue,) = judge(DATABASE).issues()
    assert (issue.code, issue.level) == ("NAWS-DB-001", "advice")
    assert "14 USD a month" in issue.expected


def test_no_code_is_a_patterns_with_another_rule() -> None:
    of_patterns = {rule.code: rule for pattern in installed_patterns() for rule in pattern.rules}
    shared = {rule.code: rule for rule in DATA_RULES if rule.code in of_patterns}
    assert shared
    assert [code for code, rule in shared.items() if of_patterns[code] is not rule] == []


def test_a_snapshot_in_a_disposable_stage_is_told_as_it_was_given() -> None:
    app, env = cdk.App(), cdk.Environment(account="123456789012", region="eu-central-1")
    stage = ServiceStage(app, "Mine", env=env, disposable=True, personal_accounts=["123456789012"])
    props = DatabaseProps(engine=PostgresInstance(), vpc=NewVpc(), removal_policy=cdk.RemovalPolicy.SNAPSHOT)
    with pytest.raises(PatternValidationError, match="NAWS-STAGE-002") as refused:
        Database(stage.data, "Ledger", props)
    found = [(each.path, each.value) for each in refused.value.issues if each.code == "NAWS-STAGE-002"]
    assert found == [("removal_policy", "cdk.RemovalPolicy.SNAPSHOT")]


@pytest.mark.parametrize(
    ("construct_id", "name"),
    [("Order", "order_data"), ("User", "user_data"), ("Table", "table_data"), ("Sales", "sales")],
)
def test_no_database_is_called_by_a_word_of_sql_by_itself(construct_id: str, name: str) -> None:
    context = PatternContext.of(cdk.Stack(), construct_id)
    assert Database.resolve(DatabaseProps(), context).database_name == name
