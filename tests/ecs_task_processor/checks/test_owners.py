"""What is given of another region or account is reported in the field that has it; what is not known passes."""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

import aws_cdk as cdk
import pytest
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_efs as efs
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_rds as rds
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_ssm as ssm
from aws_cdk import aws_stepfunctions as sfn

from naws.core.issues import Issue, PatternValidationError
from naws.core.rules.owners_kinds import KINDS
from naws.ecs_task_processor import (
    Alarms,
    BucketBinding,
    Conventions,
    DatabaseBinding,
    EcsTaskProcessor,
    EcsTaskProcessorProps,
    Egress,
    EventBusBinding,
    EventTrigger,
    FanOut,
    FileSystemBinding,
    FunctionBinding,
    ObjectsUnder,
    ParameterBinding,
    QueueBinding,
    QueueTrigger,
    RowsOf,
    SecretBinding,
    Sidecar,
    TableBinding,
    TopicBinding,
    WorkflowBinding,
)
from naws.testing import cdk_app

HERE, REGION = "123456789012", "eu-central-1"
OTHER_ACCOUNT, OTHER_REGION = "210987654321", "eu-west-1"
IMAGE = ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/busybox:1.36.1")
Judge = Callable[..., list[Issue]]


class Owner(NamedTuple):
    """A stack to import into, and where the thing lives."""

    stack: cdk.Stack
    account: str
    region: str

    def arn(self, service: str, rest: str) -> str:
        return f"arn:aws:{service}:{self.region}:{self.account}:{rest}"

    def vpc(self) -> ec2.IVpc:
        zones, subnets = [f"{self.region}a"], ["subnet-0a1b2c3d"]
        return ec2.Vpc.from_vpc_attributes(
            self.stack, "Vpc", vpc_id="vpc-0a1b2c3d", availability_zones=zones, private_subnet_ids=subnets
        )

    def bucket(self) -> s3.IBucket:
        return s3.Bucket.from_bucket_attributes(
            self.stack, "Bucket", bucket_name="sales", account=self.account, region=self.region
        )

    def topic(self) -> sns.ITopic:
        return sns.Topic.from_topic_arn(self.stack, "Topic", self.arn("sns", "alarms"))

    def queue(self) -> sqs.IQueue:
        return sqs.Queue.from_queue_arn(self.stack, "Queue", self.arn("sqs", "orders"))

    def bus(self) -> events.IEventBus:
        return events.EventBus.from_event_bus_arn(self.stack, "Bus", self.arn("events", "event-bus/orders"))

    def table(self) -> dynamodb.ITable:
        return dynamodb.Table.from_table_arn(self.stack, "Table", self.arn("dynamodb", "table/orders"))

    def function(self) -> lambda_.IFunction:
        return lambda_.Function.from_function_arn(self.stack, "Function", self.arn("lambda", "function:prices:live"))

    def machine(self) -> sfn.IStateMachine:
        return sfn.StateMachine.from_state_machine_arn(self.stack, "M", self.arn("states", "stateMachine:next"))

    def secret(self) -> secretsmanager.ISecret:
        arn = self.arn("secretsmanager", "secret:token-AbCdEf")
        return secretsmanager.Secret.from_secret_complete_arn(self.stack, "Secret", arn)

    def role(self) -> iam.IRole:
        return iam.Role.from_role_arn(self.stack, "Role", f"arn:aws:iam::{self.account}:role/reports")

    def cluster(self) -> ecs.ICluster:
        local = Owner(self.stack, HERE, REGION)
        arn = self.arn("ecs", "cluster/jobs")
        return ecs.Cluster.from_cluster_attributes(
            self.stack, "Cluster", cluster_name="jobs", cluster_arn=arn, vpc=local.vpc()
        )

    def group(self) -> ec2.ISecurityGroup:
        return ec2.SecurityGroup.from_security_group_id(self.stack, "Group", "sg-0a1b2c3d")

    def files(self) -> efs.IFileSystem:
        return efs.FileSystem.from_file_system_attributes(
            self.stack,
            "Files",
            file_system_arn=self.arn("elasticfilesystem", "file-system/fs-1"),
            security_group=self.group(),
        )

    def door(self) -> efs.IAccessPoint:
        return efs.AccessPoint.from_access_point_id(self.stack, "Door", "fsap-1")

    def instance(self) -> rds.IDatabaseInstance:
        return rds.DatabaseInstance.from_database_instance_attributes(
            self.elsewhere(),
            "Orders",
            instance_identifier="orders",
            instance_endpoint_address="orders.example.com",
            port=5432,
            security_groups=[self.group()],
        )

    def aurora(self) -> rds.IDatabaseCluster:
        return rds.DatabaseCluster.from_database_cluster_attributes(
            self.elsewhere(), "Orders", cluster_identifier="orders"
        )

    def elsewhere(self) -> cdk.Stack:
        """A stack of the app that is deployed there."""
        env = cdk.Environment(account=self.account, region=self.region)
        return cdk.Stack(self.stack.node.root, "Elsewhere", env=env)  # pyright: ignore[reportArgumentType]


def a_secret(stack: cdk.Stack) -> secretsmanager.Secret:
    return secretsmanager.Secret(stack, "S", secret_name="token")


def a_parameter(stack: cdk.Stack) -> ssm.StringParameter:
    return ssm.StringParameter(stack, "P", string_value="v", parameter_name="/level")


class Row(NamedTuple):
    """How the thing is given, of which kind it is, and what is reported: by region, by account."""

    given: Callable[[Owner], dict[str, Any]]
    kind: str
    region: str | None
    account: str | None


LIMIT_R, LIMIT_A, PRACTICE, ADVICE_A, ADVICE_R = (f"NAWS-OWNER-00{n}" for n in range(1, 6))

ROWS: dict[str, Row] = {
    "vpc": Row(lambda at: {"vpc": at.vpc()}, "vpc", LIMIT_R, None),
    "Conventions.vpc": Row(lambda at: {"conventions": Conventions(vpc=at.vpc())}, "vpc", LIMIT_R, None),
    "vpc_subnets.subnets[0]": Row(
        lambda at: {
            "vpc": Owner(at.stack, HERE, REGION).vpc(),
            "vpc_subnets": ec2.SubnetSelection(
                subnets=[
                    ec2.Subnet.from_subnet_attributes(
                        at.stack, "Subnet", subnet_id="subnet-1a2b3c4d", availability_zone=f"{at.region}a"
                    )
                ]
            ),
        },
        "subnet",
        LIMIT_R,
        None,
    ),
    "cluster": Row(lambda at: {"cluster": at.cluster()}, "cluster", LIMIT_R, LIMIT_A),
    "task_role": Row(lambda at: {"task_role": at.role()}, "role", None, LIMIT_A),
    "execution_role": Row(lambda at: {"execution_role": at.role()}, "role", None, LIMIT_A),
    "permissions_boundary": Row(
        lambda at: {
            "permissions_boundary": iam.ManagedPolicy.from_managed_policy_arn(
                at.stack, "Boundary", f"arn:aws:iam::{at.account}:policy/boundary"
            )
        },
        "boundary",
        None,
        LIMIT_A,
    ),
    "encryption_key": Row(
        lambda at: {"encryption_key": kms.Key.from_key_arn(at.stack, "Key", at.arn("kms", "key/1"))},
        "key",
        LIMIT_R,
        None,
    ),
    'secrets["TOKEN"]': Row(
        lambda at: {"secrets": {"TOKEN": ecs.Secret.from_secrets_manager(at.secret(), "field")}},
        "secret",
        None,
        ADVICE_A,
    ),
    'sidecars[0].secrets["TOKEN"]': Row(
        lambda at: {
            "sidecars": [
                Sidecar(name="proxy", image=IMAGE, secrets={"TOKEN": ecs.Secret.from_secrets_manager(at.secret())})
            ]
        },
        "secret",
        None,
        ADVICE_A,
    ),
    "bindings[0].secret": Row(lambda at: {"bindings": [SecretBinding(at.secret())]}, "secret", None, ADVICE_A),
    "bindings[0].bucket": Row(lambda at: {"bindings": [BucketBinding(at.bucket())]}, "bucket", ADVICE_R, ADVICE_A),
    "bindings[0].bus": Row(
        lambda at: {"bindings": [EventBusBinding(at.bus())]}, "bus of a program", ADVICE_R, ADVICE_A
    ),
    "bindings[0].function": Row(
        lambda at: {"bindings": [FunctionBinding(at.function())]}, "function", ADVICE_R, ADVICE_A
    ),
    "bindings[0].machine": Row(
        lambda at: {"bindings": [WorkflowBinding(at.machine())]}, "state machine", ADVICE_R, LIMIT_A
    ),
    "bindings[0].queue": Row(
        lambda at: {"bindings": [QueueBinding(at.queue())]}, "queue of a program", ADVICE_R, ADVICE_A
    ),
    "bindings[0].table": Row(lambda at: {"bindings": [TableBinding(at.table())]}, "table", ADVICE_R, ADVICE_A),
    "bindings[0].topic": Row(
        lambda at: {"bindings": [TopicBinding(at.topic())]}, "topic of a program", ADVICE_R, ADVICE_A
    ),
    "bindings[0].file_system": Row(
        lambda at: {"bindings": [FileSystemBinding(at.files(), access_point=at.door())]},
        "file system",
        LIMIT_R,
        ADVICE_A,
    ),
    "bindings[0].file_system without a door": Row(
        lambda at: {"bindings": [FileSystemBinding(at.files())]},
        "file system without an access point",
        LIMIT_R,
        LIMIT_A,
    ),
    "triggers[0].bucket": Row(
        lambda at: {"triggers": [EventTrigger.object_created(at.bucket())]}, "bucket of events", PRACTICE, PRACTICE
    ),
    "triggers[0].event_bus": Row(
        lambda at: {
            "triggers": [
                EventTrigger(
                    event_pattern=events.EventPattern(source=["orders"]),
                    event_bus=at.bus(),
                )
            ]
        },
        "bus",
        PRACTICE,
        PRACTICE,
    ),
    "triggers[0].queue": Row(
        lambda at: {"triggers": [QueueTrigger(queue=at.queue())]},
        "queue",
        PRACTICE,
        PRACTICE,
    ),
    "fan_out.over.bucket": Row(
        lambda at: {"fan_out": FanOut(ObjectsUnder(at.bucket(), "in/"))}, "bucket of items", LIMIT_R, LIMIT_A
    ),
    "alarms.topic": Row(lambda at: {"alarms": Alarms(topic=at.topic())}, "topic", LIMIT_R, ADVICE_A),
    "Conventions.alarm_topic": Row(
        lambda at: {"conventions": Conventions(alarm_topic=at.topic())}, "topic", LIMIT_R, ADVICE_A
    ),
}
IN_ANOTHER_STACK: dict[str, Row] = {
    "bindings[0].database": Row(
        lambda at: {"bindings": [DatabaseBinding(at.instance(), secret=local(at).secret())]},
        "database",
        LIMIT_R,
        ADVICE_A,
    ),
    "bindings[0].database over the Data API": Row(
        lambda at: {"bindings": [DatabaseBinding(at.aurora(), secret=local(at).secret(), via="data-api")]},
        "cluster of the Data API",
        ADVICE_R,
        LIMIT_A,
    ),
    "security_groups[0]": Row(
        lambda at: {"security_groups": [group(at.elsewhere())]}, "security group", LIMIT_R, ADVICE_A
    ),
    "egress[0].peer": Row(
        lambda at: {"egress": [Egress(peer=group(at.elsewhere()), port=ec2.Port.HTTPS, description="a proxy")]},
        "peer",
        LIMIT_R,
        None,
    ),
    "vpc": Row(
        lambda at: {"vpc": ec2.Vpc(at.elsewhere(), "Vpc", restrict_default_security_group=False)},
        "vpc",
        LIMIT_R,
        ADVICE_A,
    ),
    "cluster": Row(
        lambda at: {"cluster": ecs.Cluster(at.elsewhere(), "C", vpc=Owner(at.stack, HERE, REGION).vpc())},
        "cluster",
        LIMIT_R,
        LIMIT_A,
    ),
    "fan_out.over.bucket": Row(
        lambda at: {"fan_out": FanOut(RowsOf(s3.Bucket(at.elsewhere(), "In", bucket_name="reports-in"), "rows.csv"))},
        "bucket of items",
        LIMIT_R,
        LIMIT_A,
    ),
    'secrets["TOKEN"]': Row(
        lambda at: {"secrets": {"TOKEN": ecs.Secret.from_secrets_manager(a_secret(at.elsewhere()))}},
        "secret",
        None,
        ADVICE_A,
    ),
    'secrets["LEVEL"]': Row(
        lambda at: {"secrets": {"LEVEL": ecs.Secret.from_ssm_parameter(a_parameter(at.elsewhere()))}},
        "parameter",
        None,
        ADVICE_A,
    ),
    "bindings[0].parameter": Row(
        lambda at: {"bindings": [ParameterBinding(a_parameter(at.elsewhere()))]},
        "parameter",
        None,
        ADVICE_A,
    ),
    "encryption_key": Row(lambda at: {"encryption_key": kms.Key(at.elsewhere(), "Key")}, "key", LIMIT_R, None),
}
CASES = [*ROWS.items(), *IN_ANOTHER_STACK.items()]
NAMES = [*ROWS, *(f"{name} of another stack" for name in IN_ANOTHER_STACK)]
PLACES = [(OTHER_REGION, HERE), (REGION, OTHER_ACCOUNT), (OTHER_REGION, OTHER_ACCOUNT), (REGION, HERE)]


def local(at: Owner) -> Owner:
    """What belongs to the stack itself."""
    return Owner(at.stack, HERE, REGION)


def group(stack: cdk.Stack) -> ec2.ISecurityGroup:
    return ec2.SecurityGroup(stack, "Group", vpc=ec2.Vpc(stack, "Vpc", restrict_default_security_group=False))  # pyright: ignore[reportReturnType]


def codes_and_paths(issues: list[Issue]) -> set[tuple[str, str]]:
    """Code and field of what is reported of regions and accounts."""
    codes = (LIMIT_R, LIMIT_A, PRACTICE, ADVICE_A, ADVICE_R)
    return {(issue.code, issue.path) for issue in issues if issue.code in codes}


def env(account: str | None = HERE, region: str | None = REGION) -> cdk.Environment:
    return cdk.Environment(account=account, region=region)


def owner(account: str, region: str, home: cdk.Environment | None) -> Owner:
    return Owner(cdk.Stack(cdk.App(), "Reports", env=home), account, region)


def test_every_kind_of_thing_is_in_the_table_here() -> None:
    """An image's repository is seen only when it is built: test_images_and_roles; a caller is a step's: test_steps.

    A task has no layer, and nothing routes to this one, nor has it a name in a zone: tests/lambda_service,
    tests/ecs_service. An endpoint is reached by a service: tests/ecs_service. A website alone has a certificate at the
    edge: tests/portal_website.
    """
    elsewhere = {
        "repository",
        "caller",
        "layer",
        "listener",
        "certificate",
        "edge certificate",
        "hosted zone",
        "web ACL",
        "endpoint",
        "user pool",
    }
    assert {row.kind for _, row in CASES} == set(KINDS) - elsewhere


@pytest.mark.parametrize(("region", "account"), PLACES)
@pytest.mark.parametrize(("path", "row"), CASES, ids=NAMES)
def test_a_thing_of_another_region_or_account_is_reported_in_its_field(
    path: str, row: Row, region: str, account: str, issues: Judge
) -> None:
    path = path.partition(" ")[0]
    given = row.given(owner(account, region, env()))
    by_account = row.account if account != HERE else None
    by_region = row.region if region != REGION else None
    if by_account in (LIMIT_A, by_region):
        by_region = None
    expected = {(code, path) for code in (by_account, by_region) if code is not None}

    found = issues(**given, env=env())
    refused = {(code, where) for code, where in expected if code not in (ADVICE_A, ADVICE_R)}

    assert codes_and_paths(found) == (refused or expected)


@pytest.mark.parametrize(("path", "row"), CASES, ids=NAMES)
def test_what_is_not_known_passes(path: str, row: Row, issues: Judge) -> None:
    """The same things in a stack without an account and region, and in one without one of the two."""
    del path
    for known in (None, env(account=None), env(region=None)):
        given = row.given(owner(OTHER_ACCOUNT, OTHER_REGION, known))
        found = codes_and_paths(issues(**given, env=known))
        assert {code for code, _ in found} <= {
            code
            for code, where in ((row.region, "region"), (row.account, "account"))
            if code and known is not None and known._values.get(where)
        }


def test_tokens_pass(issues: Judge) -> None:
    stack = cdk.Stack(cdk.App(), "Reports", env=env())
    arn = cdk.CfnParameter(stack, "Arn").value_as_string
    secret = secretsmanager.Secret.from_secret_complete_arn(stack, "S", arn)
    given = {
        "alarms": Alarms(topic=sns.Topic.from_topic_arn(stack, "T", arn)),
        "task_role": iam.Role.from_role_arn(stack, "R", arn),
        "triggers": [QueueTrigger(queue=sqs.Queue.from_queue_arn(stack, "Q", arn))],
        "secrets": {"TOKEN": ecs.Secret.from_secrets_manager(secret)},
    }
    assert [issue for issue in issues(**given, env=env()) if issue.code.startswith("NAWS-OWNER")] == []


def test_all_is_reported_at_once(issues: Judge) -> None:
    at = owner(OTHER_ACCOUNT, OTHER_REGION, env())
    limits = {"alarms.topic", "cluster", "encryption_key"}
    paths = (*sorted(limits), "triggers[0].queue")
    given: dict[str, Any] = {}
    for path in paths:
        given |= ROWS[path].given(at)

    found = issues(**given, env=env())
    assert {issue.path for issue in found if issue.code in (LIMIT_R, LIMIT_A)} == limits
    assert {issue.path for issue in found if issue.code == PRACTICE} == {"triggers[0].queue"}


def test_an_issue_names_both_homes_and_the_page_of_aws(issues: Judge) -> None:
    (found,) = issues(**ROWS["alarms.topic"].given(owner(HERE, OTHER_REGION, env())), env=env())
    assert (found.value, found.level) == ("a topic of eu-west-1", "limit")
    assert found.expected == "a topic of eu-central-1: an alarm publishes to topics of its own region"
    assert found.source.endswith("API_PutMetricAlarm.html")


STATEMENTS: dict[str, dict[str, Any]] = {
    "alarms.topic": {
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": f"arn:aws:sns:{REGION}:{OTHER_ACCOUNT}:alarms",
        "Condition": {"StringEquals": {"aws:SourceAccount": HERE}},
    },
    "bindings[0].bucket": {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{HERE}:root"},
        "Action": ["s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket"],
        "Resource": ["arn:aws:s3:::sales", "arn:aws:s3:::sales/*"],
    },
    "bindings[0].bus": {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{HERE}:root"},
        "Action": "events:PutEvents",
        "Resource": f"arn:aws:events:{REGION}:{OTHER_ACCOUNT}:event-bus/orders",
    },
    "bindings[0].function": {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{HERE}:root"},
        "Action": "lambda:InvokeFunction",
        "Resource": f"arn:aws:lambda:{REGION}:{OTHER_ACCOUNT}:function:prices:live",
    },
    "bindings[0].queue": {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{HERE}:root"},
        "Action": "sqs:SendMessage",
        "Resource": f"arn:aws:sqs:{REGION}:{OTHER_ACCOUNT}:orders",
    },
    "bindings[0].table": {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{HERE}:root"},
        "Action": [
            *("dynamodb:BatchGetItem", "dynamodb:ConditionCheckItem", "dynamodb:DescribeTable", "dynamodb:GetItem"),
            *("dynamodb:PartiQLSelect", "dynamodb:Query", "dynamodb:Scan"),
        ],
        "Resource": [
            f"arn:aws:dynamodb:{REGION}:{OTHER_ACCOUNT}:table/orders",
            f"arn:aws:dynamodb:{REGION}:{OTHER_ACCOUNT}:table/orders/index/*",
        ],
    },
    "bindings[0].topic": {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{HERE}:root"},
        "Action": "sns:Publish",
        "Resource": f"arn:aws:sns:{REGION}:{OTHER_ACCOUNT}:alarms",
    },
    "triggers[0].queue": {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{HERE}:root"},
        "Action": ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
        "Resource": f"arn:aws:sqs:{REGION}:{OTHER_ACCOUNT}:orders",
    },
    "bindings[0].secret": {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{HERE}:root"},
        "Action": "secretsmanager:GetSecretValue",
        "Resource": "*",
    },
}


@pytest.mark.parametrize("path", STATEMENTS)
def test_the_statement_that_the_owner_adds_is_reported_in_full(path: str, issues: Judge) -> None:
    found = issues(**ROWS[path].given(owner(OTHER_ACCOUNT, REGION, env())), env=env())
    (text,) = [each.expected for each in found if each.path == path and each.code != "NAWS-DATA-018"]
    start = text.index("{")
    assert json.JSONDecoder().raw_decode(text[start:])[0] == STATEMENTS[path]


def test_what_is_added_later_is_held_to_the_same() -> None:
    stack = cdk.Stack(cdk_app(), "Reports", env=env())
    processor = EcsTaskProcessor(stack, "Nightly", EcsTaskProcessorProps(image=IMAGE))
    at = Owner(stack, HERE, OTHER_REGION)
    queue = sqs.Queue.from_queue_arn(stack, "Queue", at.arn("sqs", "orders"))
    with pytest.raises(PatternValidationError) as refused:
        processor.add_trigger(QueueTrigger(queue=queue))
    assert codes_and_paths(list(refused.value.issues)) == {(PRACTICE, "trigger.queue")}
    created = EventTrigger.object_created(at.bucket())
    for _ in range(2):
        with pytest.raises(PatternValidationError) as refused:
            processor.add_trigger(created)
        assert codes_and_paths(list(refused.value.issues)) == {(PRACTICE, "trigger.bucket")}
        processor.add_trigger(created, acknowledge={PRACTICE: "a rule there forwards them"})


def test_a_binding_that_is_added_later_is_advised_on() -> None:
    stack = cdk.Stack(cdk_app(), "Reports", env=env())
    processor = EcsTaskProcessor(stack, "Nightly", EcsTaskProcessorProps(image=IMAGE))
    at = Owner(stack, OTHER_ACCOUNT, REGION)
    processor.add_binding(BucketBinding(at.bucket()))
    processor.add_secret("TOKEN", ecs.Secret.from_secrets_manager(at.secret()))
    warnings = [each.data for each in processor.node.metadata if each.type == "aws:cdk:warning"]
    for path in ("binding.bucket", 'secrets["TOKEN"]'):
        assert [each for each in warnings if f"{path} = " in str(each)] != []


def imported_key(stack: cdk.Stack, region: str = REGION, last: str = "key/1") -> kms.IKey:
    return kms.Key.from_key_arn(stack, "Key", f"arn:aws:kms:{region}:{HERE}:{last}")


ALIASES: dict[str, tuple[Callable[[cdk.Stack], kms.IKey], set[str]]] = {
    "of a key that is made here": (
        lambda stack: kms.Alias(stack, "Alias", alias_name="alias/reports", target_key=kms.Key(stack, "Key")),
        set(),
    ),
    "imported beside a key that is made here": (
        lambda stack: kms.Alias.from_alias_attributes(
            stack, "Alias", alias_name="alias/reports", alias_target_key=kms.Key(stack, "Key")
        ),
        set(),
    ),
    "made for an imported key": (
        lambda stack: kms.Alias(stack, "Alias", alias_name="alias/reports", target_key=imported_key(stack)),
        {"NAWS-OWNER-008"},
    ),
    "of another region's key": (
        lambda stack: kms.Alias.from_alias_attributes(
            stack, "Alias", alias_name="alias/reports", alias_target_key=imported_key(stack, OTHER_REGION)
        ),
        {LIMIT_R},
    ),
    "by its name": (lambda stack: kms.Alias.from_alias_name(stack, "Alias", "alias/reports"), {"NAWS-OWNER-008"}),
    "of a key of AWS": (lambda stack: kms.Alias.from_alias_name(stack, "Alias", "alias/aws/s3"), {"NAWS-OWNER-010"}),
    "of a key of AWS by its ARN": (lambda stack: imported_key(stack, last="alias/aws/sqs"), {"NAWS-OWNER-010"}),
}


@pytest.mark.parametrize("field", ["encryption_key", "Conventions.encryption_key"])
@pytest.mark.parametrize("alias", ALIASES)
def test_a_key_that_is_given_as_an_alias_is_judged_by_what_is_behind_it(alias: str, field: str, issues: Judge) -> None:
    given, codes = ALIASES[alias]
    key = given(cdk.Stack(cdk.App(), "Reports", env=env()))
    props = {"encryption_key": key} if field == "encryption_key" else {"conventions": Conventions(encryption_key=key)}

    found = {(each.code, each.path) for each in issues(**props, env=env()) if "-OWNER-" in each.code}
    assert found == {(code, field) for code in codes}


def test_the_field_to_omit_is_the_one_that_the_topic_was_given_in(issues: Judge) -> None:
    for path, field in (("alarms.topic", "topic"), ("Conventions.alarm_topic", "alarm_topic")):
        (found,) = issues(**ROWS[path].given(owner(HERE, OTHER_REGION, env())), env=env())
        assert found.remedy == f"omit {field}"


def test_a_statement_for_what_only_the_deployment_knows_says_what_to_write_there(issues: Judge) -> None:
    here = cdk.Stack(cdk.App(), "Reports", env=env())
    arn = cdk.Fn.import_value("bucket")
    bucket = s3.Bucket.from_bucket_attributes(here, "Bucket", bucket_arn=arn, account=OTHER_ACCOUNT)
    (found,) = (
        each for each in issues(bindings=[BucketBinding(bucket, prefix="in/")], env=env()) if "-OWNER" in each.code
    )
    assert (found.code, '"Resource": ["<its ARN>", "<its ARN>/in/*"]' in found.expected) == (ADVICE_A, True)


def test_a_statement_for_what_is_made_in_another_account_has_its_name(issues: Judge) -> None:
    theirs = owner(OTHER_ACCOUNT, REGION, env()).elsewhere()
    queue = sqs.Queue(theirs, "Queue", queue_name="work")
    (found,) = (each for each in issues(triggers=[QueueTrigger(queue=queue)], env=env()) if "-OWNER" in each.code)
    assert f'"Resource": "arn:aws:sqs:{REGION}:{OTHER_ACCOUNT}:work"' in found.expected


WITHOUT_NAMES: dict[str, Callable[[cdk.Stack], dict[str, Any]]] = {
    "triggers[0].queue": lambda theirs: {"triggers": [QueueTrigger(queue=sqs.Queue(theirs, "Queue"))]},
    "alarms.topic": lambda theirs: {"alarms": Alarms(topic=sns.Topic(theirs, "Topic"))},
    'secrets["TOKEN"]': lambda theirs: {
        "secrets": {"TOKEN": ecs.Secret.from_secrets_manager(secretsmanager.Secret(theirs, "Secret"))}
    },
    "bindings[0].bucket": lambda theirs: {"bindings": [BucketBinding(s3.Bucket(theirs, "Bucket"))]},
}


@pytest.mark.parametrize("path", WITHOUT_NAMES)
def test_what_is_made_in_another_account_without_a_name_is_told(path: str, issues: Judge) -> None:
    theirs = owner(OTHER_ACCOUNT, REGION, env()).elsewhere()
    found = {(each.code, each.path) for each in issues(**WITHOUT_NAMES[path](theirs), env=env())}
    assert ("NAWS-OWNER-011", path) in found
