"""What the bindings of tables, queues, topics, buses, functions, workflows and parameters need, without a template."""

from collections.abc import Callable
from typing import Any, cast

import aws_cdk as cdk
import pytest
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_efs as efs
from aws_cdk import aws_events as events
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_ssm as ssm
from aws_cdk import aws_stepfunctions as sfn

from naws.core import (
    BucketBinding,
    EventBusBinding,
    FileSystemBinding,
    FunctionBinding,
    Needs,
    ParameterBinding,
    QueueBinding,
    SecretBinding,
    TableBinding,
    TopicBinding,
    WorkflowBinding,
)
from naws.core.bindings import Binding, EcsTask
from naws.core.checks.program import PROGRAM_CHECKS
from naws.core.context import PatternContext
from naws.core.issues import Issue
from naws.core.plans.given import of_needs
from naws.core.plans.program import plan_program
from naws.core.rules.owners import GIVEN_RULES
from naws.core.rules.types import declared_type
from naws.core.type_checks import check_types

HERE, THERE, REGION = "123456789012", "210987654321", "eu-central-1"
KEY = dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING)
CODE = lambda_.Code.from_inline("def handler(event, context): return event")


@pytest.fixture
def stack() -> cdk.Stack:
    return cdk.Stack(cdk.App(), "Reports", env=cdk.Environment(account=HERE, region=REGION))


def needs(stack: cdk.Stack, binding: Binding) -> Needs:
    return binding.needs(PatternContext.of(stack, "Nightly"))


def statements(found: Needs) -> list[dict[str, Any]]:
    return [cast("dict[str, Any]", each) for each in found.statements]


def actions(found: Needs) -> set[str]:
    return {action for each in statements(found) for action in each["Action"]}


def advised(stack: cdk.Stack, binding: Binding) -> set[str]:
    plan = plan_program({}, {}, [binding], PatternContext.of(stack, "Nightly"), EcsTask())
    return {issue.code for check in PROGRAM_CHECKS for issue in check.run(plan)}


def arn(service: str, rest: str, account: str = HERE) -> str:
    return f"arn:aws:{service}:{REGION}:{account}:{rest}"


READING = {f"dynamodb:{name}" for name in ("GetItem", "BatchGetItem", "ConditionCheckItem", "Query", "Scan")}
WRITING = {f"dynamodb:{name}" for name in ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem")}
CHANGING = {f"dynamodb:PartiQL{name}" for name in ("Insert", "Update", "Delete")}


@pytest.mark.parametrize(
    ("access", "may"),
    [
        ("read", {*READING, "dynamodb:PartiQLSelect"}),
        ("write", WRITING | CHANGING),
        ("read-write", {*READING, *WRITING, *CHANGING, "dynamodb:PartiQLSelect"}),
    ],
)
def test_a_table_is_used_as_was_asked(stack: cdk.Stack, access: Any, may: set[str]) -> None:
    found = needs(stack, TableBinding(dynamodb.Table(stack, "Orders", partition_key=KEY), access=access))
    assert actions(found) == {*may, "dynamodb:DescribeTable"}
    assert [*found.variables] == ["ORDERS_TABLE"]


def test_reading_a_table_includes_its_indexes_whatever_is_known_of_them(stack: cdk.Stack) -> None:
    imported = dynamodb.Table.from_table_name(stack, "Imported", "orders")
    for table in (dynamodb.TableV2(stack, "Made", partition_key=KEY), imported):
        items, queries = statements(needs(stack, TableBinding(table)))
        assert queries["Resource"] == [items["Resource"], f"{items['Resource']}/index/*"]
        assert "dynamodb:GetItem" not in queries["Action"]
        (writing,) = statements(needs(stack, TableBinding(table, access="write")))
        assert writing["Resource"] == items["Resource"]


def test_a_wildcard_is_one_that_a_reviewer_can_ask_about(stack: cdk.Stack) -> None:
    found = needs(stack, TableBinding(dynamodb.Table.from_table_name(stack, "Orders", "orders")))
    resources = [each for statement in statements(found) for each in _listed(statement["Resource"])]
    assert {each for each in resources if "*" in each} == set(found.wildcards)


@pytest.mark.parametrize(
    ("make", "service", "key_actions"),
    [
        (
            lambda s, key: TableBinding(
                dynamodb.Table(s, "Orders", partition_key=KEY, encryption_key=key), access="write"
            ),
            "dynamodb",
            ["kms:Decrypt"],
        ),
        (
            lambda s, key: QueueBinding(sqs.Queue(s, "Mails", encryption_master_key=key)),
            "sqs",
            ["kms:Decrypt", "kms:GenerateDataKey"],
        ),
        (
            lambda s, key: QueueBinding(sqs.Queue(s, "Work", encryption_master_key=key), access="receive"),
            "sqs",
            ["kms:Decrypt"],
        ),
        (
            lambda s, key: TopicBinding(sns.Topic(s, "News", master_key=key)),
            "sns",
            ["kms:Decrypt", "kms:GenerateDataKey"],
        ),
    ],
    ids=["table", "send", "receive", "topic"],
)
def test_a_key_is_used_through_the_service_alone(
    stack: cdk.Stack, make: Callable[[cdk.Stack, kms.IKey], Binding], service: str, key_actions: list[str]
) -> None:
    data = cdk.Stack(stack.node.scope, "Data", env=cdk.Environment(account=HERE, region=REGION))
    key = kms.Key(data, "Key")
    found = needs(stack, make(data, key))
    *_, last = statements(found)
    assert (last["Action"], last["Resource"]) == (key_actions, key.key_arn)
    assert last["Condition"] == {"StringLike": {"kms:ViaService": f"{service}.{REGION}.amazonaws.com*"}}
    assert "NAWS-DATA-018" not in advised(stack, make(cdk.Stack(stack.node.scope, "More"), key))


@pytest.mark.parametrize(
    "make",
    [
        lambda s: TableBinding(dynamodb.Table.from_table_arn(s, "It", arn("dynamodb", "table/orders"))),
        lambda s: QueueBinding(sqs.Queue.from_queue_arn(s, "It", arn("sqs", "mails"))),
        lambda s: TopicBinding(sns.Topic.from_topic_arn(s, "It", arn("sns", "news"))),
        lambda s: ParameterBinding(
            ssm.StringParameter.from_secure_string_parameter_attributes(s, "It", parameter_name="/password")
        ),
    ],
    ids=["table", "queue", "topic", "parameter"],
)
def test_an_import_without_its_key_is_told(stack: cdk.Stack, make: Callable[[cdk.Stack], Binding]) -> None:
    assert advised(stack, make(stack)) == {"NAWS-DATA-018"}


def test_an_import_with_its_key_is_not(stack: cdk.Stack) -> None:
    key = kms.Key.from_key_arn(stack, "Key", arn("kms", "key/1"))
    queue = sqs.Queue.from_queue_attributes(stack, "Q", queue_arn=arn("sqs", "mails"), key_arn=key.key_arn)
    topic = sns.Topic.from_topic_attributes(stack, "T", topic_arn=arn("sns", "news"), key_arn=key.key_arn)
    table = dynamodb.Table.from_table_attributes(stack, "D", table_name="orders", encryption_key=key)
    secure = ssm.StringParameter.from_secure_string_parameter_attributes(stack, "P", parameter_name="/password")
    bindings = (QueueBinding(queue), TopicBinding(topic), TableBinding(table), ParameterBinding(secure, key=key))
    for binding in bindings:
        assert advised(stack, binding) == set()
    for binding in bindings[:-1]:
        assert statements(needs(stack, binding))[-1]["Resource"] == key.key_arn


def test_a_word_that_is_none_of_a_few_is_answered_with_each_of_them(stack: cdk.Stack) -> None:
    wrong: Any = "consume"
    (mismatch,) = check_types(QueueBinding(sqs.Queue(stack, "Mails"), access=wrong))[1]
    (issue,) = declared_type.issues(mismatch)
    assert issue.remedy == 'access="send"\naccess="receive"'


def test_who_sends_does_not_receive(stack: cdk.Stack) -> None:
    queue = sqs.Queue(stack, "Mails")
    assert actions(needs(stack, QueueBinding(queue))) == {"sqs:SendMessage"}
    receiving = actions(needs(stack, QueueBinding(queue, access="receive")))
    assert {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"} < receiving
    assert "sqs:SendMessage" not in receiving
    assert dict(needs(stack, QueueBinding(queue)).variables) == {"MAILS_QUEUE_URL": queue.queue_url}


def test_events_of_one_source_only(stack: cdk.Stack) -> None:
    bus = events.EventBus(stack, "Orders")
    (statement,) = statements(needs(stack, EventBusBinding(bus)))
    assert "Condition" not in statement
    (statement,) = statements(needs(stack, EventBusBinding(bus, source="shop")))
    assert statement["Condition"] == {
        "ForAllValues:StringEquals": {"events:source": "shop"},
        "Null": {"events:source": "false"},
    }


@pytest.mark.parametrize(
    ("source", "wrong"),
    [("aws.s3", True), ("AWS.orders", False), ("", True), ("awsome", False), ("shop.*", True), ("sho?", True)],
)
def test_events_are_of_a_source_that_aws_takes(stack: cdk.Stack, source: str, wrong: bool) -> None:  # noqa: FBT001
    found = advised(stack, EventBusBinding(events.EventBus(stack, "Orders"), source=source))
    assert ("NAWS-DATA-046" in found) is wrong


def test_a_workflow_is_started_and_an_alias_of_one_only_so(stack: cdk.Stack) -> None:
    machine = arn("states", "stateMachine:next")
    for given, condition in (
        (machine, None),
        (f"{machine}:LIVE", {"ForAnyValue:StringEquals": {"states:StateMachineQualifier": ["LIVE"]}}),
    ):
        imported = sfn.StateMachine.from_state_machine_arn(stack, f"M{given[-4:]}", given)
        found = needs(stack, WorkflowBinding(imported, name="next"))
        (statement,) = statements(found)
        assert (statement["Action"], statement["Resource"]) == (["states:StartExecution"], machine)
        assert statement.get("Condition") == condition
        assert dict(found.variables) == {"NEXT_STATE_MACHINE_ARN": given}


def test_of_a_function_that_is_invoked_which_was_given(stack: cdk.Stack) -> None:
    function = lambda_.Function(stack, "Prices", runtime=lambda_.Runtime.PYTHON_3_13, handler="i.handler", code=CODE)
    alias = lambda_.Alias(stack, "Live", alias_name="live", version=function.current_version)
    for given, variable in ((function, "PRICES_FUNCTION"), (alias, "LIVE_FUNCTION")):
        found = needs(stack, FunctionBinding(given))
        (statement,) = statements(found)
        assert statement["Resource"] == given.function_arn
        assert dict(found.variables) == {variable: given.function_name}


@pytest.mark.parametrize("qualifier", ["live", "7"])
def test_an_imported_alias_or_version_is_invoked_under_its_own_name(stack: cdk.Stack, qualifier: str) -> None:
    """The statement allows it alone: by the function's name the program would be denied."""
    given = arn("lambda", f"function:prices:{qualifier}")
    found = needs(stack, FunctionBinding(lambda_.Function.from_function_arn(stack, "Prices", given)))
    (statement,) = statements(found)
    assert statement["Resource"] == given
    assert dict(found.variables) == {"PRICES_FUNCTION": f"prices:{qualifier}"}


def test_an_imported_function_of_which_only_the_deployment_knows_the_arn_is_invoked_by_that(stack: cdk.Stack) -> None:
    """Whether the ARN ends with an alias is not known: its name alone could be that of another function."""
    imported = lambda_.Function.from_function_arn(stack, "Prices", cdk.Fn.import_value("prices"))
    found = needs(stack, FunctionBinding(imported))
    assert dict(found.variables) == {"PRICES_FUNCTION": imported.function_arn}


@pytest.mark.parametrize(
    ("make", "service", "rest", "name"),
    [
        (lambda s, a: TableBinding(dynamodb.Table.from_table_arn(s, "It", a)), "dynamodb", "table/orders", "orders"),
        (lambda s, a: EventBusBinding(events.EventBus.from_event_bus_arn(s, "It", a)), "events", "event-bus/a", "a"),
        (lambda s, a: FunctionBinding(lambda_.Function.from_function_arn(s, "It", a)), "lambda", "function:f", "f"),
    ],
    ids=["table", "bus", "function"],
)
def test_what_belongs_to_another_account_is_found_by_its_arn(
    stack: cdk.Stack, make: Callable[[cdk.Stack, str], Binding], service: str, rest: str, name: str
) -> None:
    for account, expected in ((HERE, name), (THERE, arn(service, rest, THERE))):
        at = cdk.Stack(stack.node.scope, f"In{account}", env=cdk.Environment(account=HERE, region=REGION))
        assert [*needs(at, make(at, arn(service, rest, account))).variables.values()] == [expected]


ELSEWHERE = cdk.Environment(account=THERE, region=REGION)
MADE: dict[str, Callable[[cdk.Stack, Any], Binding]] = {
    "bucket": lambda s, n: BucketBinding(s3.Bucket(s, "It", bucket_name=n)),
    "table": lambda s, n: TableBinding(dynamodb.Table(s, "It", partition_key=KEY, table_name=n)),
    "queue": lambda s, n: QueueBinding(sqs.Queue(s, "It", queue_name=n)),
    "topic": lambda s, n: TopicBinding(sns.Topic(s, "It", topic_name=n)),
    "event_bus": lambda s, n: EventBusBinding(events.EventBus(s, "It", event_bus_name=n)),
    "secret": lambda s, n: SecretBinding(secretsmanager.Secret(s, "It", secret_name=n)),
    "parameter": lambda s, n: ParameterBinding(ssm.StringParameter(s, "It", string_value="v", parameter_name=n)),
}


def given(stack: cdk.Stack, binding: Binding) -> list[Issue]:
    asked = of_needs(needs(stack, binding), "bindings[0]", PatternContext.of(stack, "Nightly").home)
    return [issue for each in asked for rule in GIVEN_RULES for issue in rule.issues(each)]


@pytest.mark.parametrize("noun", MADE)
def test_what_is_made_in_another_account_has_a_name(stack: cdk.Stack, noun: str) -> None:
    for name, expected in ((None, {"NAWS-OWNER-011"}), ("sales", set[str]())):
        far = cdk.Stack(stack.node.scope, f"Far{name}", env=ELSEWHERE)
        issues = [each for each in given(stack, MADE[noun](far, name)) if each.level == "limit"]
        assert {each.code for each in issues} == expected
        assert all(each.remedy.startswith(f'{noun}_name="…"') for each in issues)
        near = cdk.Stack(stack.node.scope, f"Near{name}", env=cdk.Environment(account=HERE, region=REGION))
        assert given(stack, MADE[noun](near, name)) == []


def test_the_statement_for_its_owner_has_the_name_that_is_known(stack: cdk.Stack) -> None:
    far = cdk.Stack(stack.node.scope, "Far", env=ELSEWHERE)
    (issue,) = given(stack, MADE["bucket"](far, "sales"))
    assert '"Resource": ["arn:aws:s3:::sales", "arn:aws:s3:::sales/*"]' in issue.expected
    (issue,) = given(stack, MADE["table"](cdk.Stack(far, "Orders", env=ELSEWHERE), "orders"))
    assert f"arn:aws:dynamodb:{REGION}:{THERE}:table/orders" in issue.expected
    assert "<its ARN>" not in issue.expected


def test_the_file_system_of_another_account_is_entered_by_a_door_of_its_owner(stack: cdk.Stack) -> None:
    group = ec2.SecurityGroup.from_security_group_id(stack, "Group", "sg-1")
    theirs = efs.FileSystem.from_file_system_attributes(
        stack, "Files", file_system_arn=arn("elasticfilesystem", "file-system/fs-1", THERE), security_group=group
    )
    (issue,) = given(stack, FileSystemBinding(theirs))
    assert (issue.code, issue.path) == ("NAWS-OWNER-002", "bindings[0].file_system")
    assert issue.remedy.startswith("access_point=efs.AccessPoint.from_access_point_id(")
    door = efs.AccessPoint.from_access_point_id(stack, "Door", "fsap-1")
    assert [each.code for each in given(stack, FileSystemBinding(theirs, access_point=door))] == ["NAWS-OWNER-004"]


def test_a_parameter_is_filled_in_by_ecs_and_names_its_key(stack: cdk.Stack) -> None:
    plain = ssm.StringParameter(stack, "LogLevel", string_value="INFO")
    key = kms.Key(stack, "Key")
    secure = ssm.StringParameter.from_secure_string_parameter_attributes(stack, "Password", parameter_name="/password")
    for binding, name in ((ParameterBinding(plain), "LOG_LEVEL"), (ParameterBinding(secure, key=key), "PASSWORD")):
        found = needs(stack, binding)
        (value,) = found.secrets.values()
        assert [*found.secrets] == [name]
        assert (value.kind, value.arn, value.key) == ("parameter", binding.parameter.parameter_arn, binding.key)
        assert found.kinds == {"secrets"}


@pytest.mark.parametrize(
    ("binding", "part", "usual"),
    [
        (lambda s, v: TableBinding(dynamodb.Table.from_table_name(s, "It", "t"), variables=v), "table", "IT_TABLE"),
        (lambda s, v: QueueBinding(sqs.Queue(s, "It"), variables=v), "queue_url", "IT_QUEUE_URL"),
        (lambda s, v: TopicBinding(sns.Topic(s, "It"), variables=v), "topic_arn", "IT_TOPIC_ARN"),
        (lambda s, v: EventBusBinding(events.EventBus(s, "It"), variables=v), "bus", "IT_BUS"),
        (
            lambda s, v: FunctionBinding(
                lambda_.Function.from_function_arn(s, "It", arn("lambda", "function:f")), variables=v
            ),
            "function",
            "IT_FUNCTION",
        ),
        (
            lambda s, v: WorkflowBinding(
                sfn.StateMachine.from_state_machine_arn(s, "It", arn("states", "stateMachine:m")), variables=v
            ),
            "state_machine_arn",
            "IT_STATE_MACHINE_ARN",
        ),
        (
            lambda s, v: ParameterBinding(ssm.StringParameter(s, "It", string_value="v"), variables=v),
            "parameter",
            "IT",
        ),
    ],
    ids=["table", "queue", "topic", "bus", "function", "workflow", "parameter"],
)
def test_a_variable_gets_another_name_or_is_left_out(
    stack: cdk.Stack, binding: Callable[[cdk.Stack, dict[str, str | None]], Any], part: str, usual: str
) -> None:
    for number, (names, expected) in enumerate((({}, [usual]), ({part: "OTHER"}, ["OTHER"]), ({part: None}, []))):
        at = cdk.Stack(stack.node.scope, f"S{number}")
        found = needs(at, binding(at, names))
        assert [*found.variables, *found.secrets] == expected
        assert binding(cdk.Stack(stack.node.scope, f"T{number}"), names).parts == (part,)


def _listed(resource: str | list[str]) -> list[str]:
    return resource if isinstance(resource, list) else [resource]
