"""What holds for any pattern holds for this one; what its other options promise."""

from collections.abc import Callable, Iterable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from naws.ecs_task_processor import (
    Concurrency,
    Conventions,
    EcsTaskProcessor,
    EcsTaskProcessorProps,
    EcsTaskProcessorStack,
    EventTrigger,
    NewVpc,
    NoAlarms,
    PatternValidationError,
    QueueTrigger,
    ScheduleTrigger,
    VpcLookup,
)
from naws.testing import PatternContract, synth_template


def image() -> ecs.ContainerImage:
    return ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/busybox:1.36.1")


def stack_with(scope: cdk.App | None = None, **props: Any) -> cdk.Stack:
    stack = cdk.Stack(scope or cdk.App(), "Reports")
    EcsTaskProcessor(stack, "Nightly", EcsTaskProcessorProps(image=image(), **props))
    return stack


def of_type(template: dict[str, Any], kind: str) -> dict[str, Any]:
    return {name: found for name, found in template["Resources"].items() if found["Type"] == kind}


class TestEcsTaskProcessor(PatternContract):
    construct = EcsTaskProcessor
    production: Callable[[Construct], EcsTaskProcessorProps]

    @pytest.fixture(autouse=True)
    def _props(self, props_of_production: Callable[[Construct], EcsTaskProcessorProps]) -> None:
        type(self).production = staticmethod(props_of_production)

    def minimal_props(self) -> EcsTaskProcessorProps:
        return EcsTaskProcessorProps(image=image(), vpc=NewVpc())

    def production_props(self, scope: Construct) -> EcsTaskProcessorProps:
        return type(self).production(scope)

    def updated_props(self, _: Construct) -> EcsTaskProcessorProps:
        triggers = [ScheduleTrigger("@daily"), QueueTrigger()]
        concurrency = Concurrency(limit=1)
        return EcsTaskProcessorProps(image=image(), vpc=NewVpc(), triggers=triggers, concurrency=concurrency)

    def invalid_props(self) -> Iterable[EcsTaskProcessorProps]:
        yield EcsTaskProcessorProps(image=image(), cpu=256, memory_limit_mib=8192)
        yield EcsTaskProcessorProps(image=image(), user="root")
        yield EcsTaskProcessorProps(image=image(), vpc=VpcLookup.by_name("main"))
        yield EcsTaskProcessorProps(image=image(), triggers=[ScheduleTrigger("every day")])


def test_two_processors_share_network_cluster_and_topic() -> None:
    props = EcsTaskProcessorProps(image=image())
    stack = EcsTaskProcessorStack(cdk.App(), "Reports", processors={"Nightly": props, "Hourly": props})
    template = synth_template(stack)
    for kind in ("AWS::EC2::VPC", "AWS::ECS::Cluster", "AWS::SNS::Topic", "AWS::KMS::Key"):
        assert len(of_type(template, kind)) == 1, kind
    assert len(of_type(template, "AWS::StepFunctions::StateMachine")) == 2
    assert set(stack.processors) == {"Nightly", "Hourly"}


def test_a_processor_in_a_stack_of_ones_own_says_where_things_are_too() -> None:
    stack = cdk.Stack(cdk.App(), "Reports")
    for parent in ("North", "South"):
        EcsTaskProcessor(Construct(stack, parent), "Nightly", EcsTaskProcessorProps(image=image()))
    processor = EcsTaskProcessor(stack, "daily-sales", EcsTaskProcessorProps(image=image(), triggers=[QueueTrigger()]))
    EcsTaskProcessor(stack, "daily_sales", EcsTaskProcessorProps(image=image()))
    processor.add_trigger(QueueTrigger())
    names = [name[:-8] for name in synth_template(stack)["Outputs"]]
    each = ("StateMachineArn", "LogGroup", "FailureQueueUrl")
    assert sorted(names) == sorted(
        [f"{owner}{name}" for owner in ("NorthNightly", "SouthNightly", *["dailysales"] * 2) for name in each]
        + ["dailysalesQueue1Url", "dailysalesQueue2Url", "NawsAlarms"]
    )


def test_outputs_of_ids_that_look_alike_are_kept_apart() -> None:
    props = EcsTaskProcessorProps(image=image())
    processors = {"Nightly": props, "daily-sales": props, "daily_sales": props, "日次": props, "月次": props}
    outputs = synth_template(EcsTaskProcessorStack(cdk.App(), "Reports", processors=processors))["Outputs"]
    assert len(outputs) == 3 * len(processors) + 1  # and the topic, which they share
    assert "NightlyStateMachineArn" in outputs


def test_a_stack_says_where_things_are() -> None:
    props = EcsTaskProcessorProps(image=image(), triggers=[QueueTrigger()])
    template = synth_template(EcsTaskProcessorStack(cdk.App(), "Reports", processors={"Nightly": props}))
    assert set(template["Outputs"]) == {
        "NightlyStateMachineArn",
        "NightlyLogGroup",
        "NightlyFailureQueueUrl",
        "NightlyQueue1Url",
        "NawsAlarmsTopicArn",
    }


@pytest.mark.parametrize(
    "vpc",
    [
        VpcLookup.by_id("vpc-0123456789abcdef0"),
        VpcLookup.by_name("main"),
        VpcLookup.by_tags({"network": "private"}),
        VpcLookup.by_parameter(vpc_id="/network/vpc", private_subnet_ids="/network/subnets", subnet_count=3),
        NewVpc(max_azs=3, nat_gateways=3, cidr="10.7.0.0/16"),
    ],
    ids=lambda vpc: getattr(vpc, "how", "new"),
)
def test_every_way_to_name_a_vpc(vpc: VpcLookup | NewVpc) -> None:
    environment = cdk.Environment(account="123456789012", region="eu-central-1")
    stack = cdk.Stack(cdk.App(), "Reports", env=environment)
    processor = EcsTaskProcessor(stack, "Nightly", EcsTaskProcessorProps(image=image(), vpc=vpc))
    template = cdk.App.of(stack).synth().get_stack_by_name("Reports").template
    created = of_type(template, "AWS::EC2::VPC")
    assert len(created) == (1 if isinstance(vpc, NewVpc) else 0)
    assert len(of_type(template, "AWS::EC2::NatGateway")) == (3 if isinstance(vpc, NewVpc) else 0)
    assert processor.vpc is not None


def test_each_parameter_of_a_network_has_the_type_that_cloudformation_names_for_it() -> None:
    """A StringList is `Value<List<String>>`: whether AWS takes it as text, too, is not documented."""
    stack = cdk.Stack(cdk.App(), "Reports")
    vpc = VpcLookup.by_parameter(vpc_id="/network/vpc", private_subnet_ids="/network/subnets")
    for name in ("Nightly", "Hourly"):
        EcsTaskProcessor(stack, name, EcsTaskProcessorProps(image=image(), vpc=vpc))
    parameters = synth_template(stack)["Parameters"].values()
    types = {parameter["Default"]: parameter["Type"] for parameter in parameters}
    assert types["/network/subnets"] == "AWS::SSM::Parameter::Value<List<String>>"
    assert types["/network/vpc"] == "AWS::SSM::Parameter::Value<String>"
    assert [parameter["Default"] for parameter in parameters].count("/network/subnets") == 1


def test_conventions_are_merged_field_by_field_and_props_win() -> None:
    app = cdk.App()
    Conventions(service="reports", stage="dev", removal_policy=cdk.RemovalPolicy.DESTROY).apply(app)
    stack = cdk.Stack(app, "Reports")
    Conventions(stage="prod", tags={"cost": "42"}).apply(stack)
    EcsTaskProcessor(stack, "Nightly", EcsTaskProcessorProps(image=image()))
    kept = EcsTaskProcessorProps(image=image(), removal_policy=cdk.RemovalPolicy.RETAIN)
    EcsTaskProcessor(stack, "Hourly", kept)
    queues = of_type(synth_template(stack), "AWS::SQS::Queue")
    policies = {name: queue["DeletionPolicy"] for name, queue in queues.items()}
    assert {policy for name, policy in policies.items() if name.startswith("Nightly")} == {"Delete"}
    assert {policy for name, policy in policies.items() if name.startswith("Hourly")} == {"Retain"}
    tags = {tag["Key"]: tag["Value"] for tag in next(iter(queues.values()))["Properties"]["Tags"]}
    assert tags == {"service": "reports", "stage": "prod", "cost": "42", "naws:pattern": "ecs-task-processor"}


def test_no_alarms_is_a_choice_that_can_be_read_in_the_template() -> None:
    template = synth_template(stack_with(alarms=NoAlarms(reason="a try-out")))
    assert of_type(template, "AWS::CloudWatch::Alarm") == {}
    assert of_type(template, "AWS::SNS::Topic") == {}
    (task,) = of_type(template, "AWS::ECS::TaskDefinition").values()
    assert task["Metadata"]["naws:acknowledged"] == {"NoAlarms": "a try-out"}


def test_an_acknowledged_practice_is_built_and_noted() -> None:
    template = synth_template(stack_with(user="root", acknowledge={"NAWS-TASK-007": "the image cannot do without"}))
    (task,) = of_type(template, "AWS::ECS::TaskDefinition").values()
    assert task["Metadata"]["naws:acknowledged"] == {"NAWS-TASK-007": "the image cannot do without"}
    assert task["Properties"]["ContainerDefinitions"][0]["User"] == "root"


def test_a_trigger_added_later_is_numbered_on_and_checked() -> None:
    stack = cdk.Stack(cdk.App(), "Reports")
    props = EcsTaskProcessorProps(image=image(), triggers=[ScheduleTrigger("@daily")])
    processor = EcsTaskProcessor(stack, "Nightly", props)
    with pytest.raises(PatternValidationError, match="NAWS-SCHED-001"):
        processor.add_trigger(ScheduleTrigger("now and then"))
    processor.add_trigger(ScheduleTrigger("@weekly"))
    processor.add_trigger(QueueTrigger())
    assert (len(processor.schedules), len(processor.queues)) == (2, 1)
    names = " ".join(of_type(synth_template(stack), "AWS::Scheduler::Schedule"))
    assert "NightlySchedule1" in names
    assert "NightlySchedule2" in names


def test_a_boundary_bounds_every_role() -> None:
    app = cdk.App()
    Conventions(permissions_boundary="developers").apply(app)
    roles = of_type(synth_template(stack_with(app, triggers=[QueueTrigger()], vpc=NewVpc())), "AWS::IAM::Role")
    assert [name for name, role in roles.items() if "PermissionsBoundary" not in role["Properties"]] == []


def test_connections_open_a_way_out_and_start_is_granted() -> None:
    stack = cdk.Stack(cdk.App(), "Reports")
    processor = EcsTaskProcessor(stack, "Nightly", EcsTaskProcessorProps(image=image()))
    database = ec2.SecurityGroup(stack, "Database", vpc=processor.vpc)
    database.connections.allow_from(processor, ec2.Port.tcp(5432))
    user = iam.Role(stack, "Caller", assumed_by=iam.AccountRootPrincipal())
    processor.grant_start_execution(user)
    template = synth_template(stack)
    assert of_type(template, "AWS::EC2::SecurityGroupEgress")
    policies = [policy["Properties"] for policy in of_type(template, "AWS::IAM::Policy").values()]
    (granted,) = [policy for policy in policies if policy["PolicyName"].startswith("Caller")]
    assert granted["PolicyDocument"]["Statement"][0]["Action"] == "states:StartExecution"


def test_metrics_are_those_that_the_workflow_counts() -> None:
    processor = EcsTaskProcessor(cdk.Stack(cdk.App(), "Reports"), "Nightly", EcsTaskProcessorProps(image=image()))
    assert processor.metric_runs_failed().metric_name == "ExecutionsFailed"
    assert processor.metric_runs_succeeded_by("queue").dimensions == {
        "Processor": "Reports/Nightly",
        "Trigger": "queue",
    }
    assert processor.metric_attempts_not_succeeded("OutOfMemory").metric_name == "AttemptsNotSucceeded"


def test_a_queue_that_exists_is_used_and_has_no_alarm_on_dead_letters() -> None:
    stack = cdk.Stack(cdk.App(), "Reports")
    letters = sqs.DeadLetterQueue(queue=sqs.Queue(stack, "Letters"), max_receive_count=3)
    queue = sqs.Queue(stack, "Orders", dead_letter_queue=letters)
    props = EcsTaskProcessorProps(image=image(), triggers=[QueueTrigger(queue=queue)])
    EcsTaskProcessor(stack, "Nightly", props)
    (pipe,) = of_type(synth_template(stack), "AWS::Pipes::Pipe").values()
    assert pipe["Properties"]["Source"] == {"Fn::GetAtt": [stack.get_logical_id(queue.node.default_child), "Arn"]}


def test_whoever_sends_to_an_encrypted_dead_letter_queue_may_use_its_key() -> None:
    stack = cdk.Stack(cdk.App(), "Reports")
    key = kms.Key(stack, "Key")
    pattern = events.EventPattern(source=["shop"])
    triggers = [ScheduleTrigger("@daily"), EventTrigger(pattern)]
    EcsTaskProcessor(stack, "Nightly", EcsTaskProcessorProps(image=image(), triggers=triggers, encryption_key=key))
    template = synth_template(stack)
    (policy,) = [
        found["Properties"]["KeyPolicy"]
        for name, found in of_type(template, "AWS::KMS::Key").items()
        if name.startswith("Key")
    ]
    services = [str(statement["Principal"]) for statement in policy["Statement"]]
    assert any("events.amazonaws.com" in principal for principal in services)
    assert any("logs." in principal for principal in services)
    (scheduler,) = [
        policy["PolicyDocument"]["Statement"]
        for name, found in of_type(template, "AWS::IAM::Role").items()
        for policy in found["Properties"].get("Policies", ())
        if name.startswith("NightlySchedulerRole")
    ]
    assert ["kms:Decrypt", "kms:GenerateDataKey"] in [statement["Action"] for statement in scheduler]


def test_processors_of_one_id_under_two_parents_are_counted_apart() -> None:
    stack = cdk.Stack(cdk.App(), "Reports")
    props = EcsTaskProcessorProps(image=image())
    counted = [
        EcsTaskProcessor(Construct(stack, parent), "Nightly", props).metric_runs_succeeded_by("queue").dimensions
        for parent in ("North", "South")
    ]
    assert [found["Processor"] for found in counted if found] == ["Reports/North/Nightly", "Reports/South/Nightly"]


def test_processors_deep_in_the_tree_are_counted_apart_within_what_a_dimension_holds() -> None:
    stack = cdk.Stack(cdk.App(), "Reports")
    deep = Construct(Construct(stack, "x" * 120), "y" * 120)
    longest, *longer = [
        (EcsTaskProcessor(deep, name, EcsTaskProcessorProps(image=image())).metric_runs_succeeded_by("queue"))
        for name in ("Night", "NightA", "NightB")
    ]
    names = [(metric.dimensions or {})["Processor"] for metric in (longest, *longer)]
    assert names[0] == f"Reports/{'x' * 120}/{'y' * 120}/Night"
    assert [len(name) for name in names] == [255, 255, 255]
    assert len(set(names)) == 3


def test_in_a_nested_stack_there_is_room_for_the_longest_name_of_a_stack() -> None:
    nested = cdk.NestedStack(cdk.Stack(cdk.App(), "Reports"), "Nested")
    made = EcsTaskProcessor(Construct(nested, "x" * 150), "Nightly", EcsTaskProcessorProps(image=image()))
    found = (made.metric_runs_succeeded_by("queue").dimensions or {})["Processor"]
    assert len(found.removeprefix(nested.stack_name)) == 127
