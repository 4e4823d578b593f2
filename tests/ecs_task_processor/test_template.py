"""What is built: one snapshot and one list of logical ids per scenario, and what has to hold in all of them."""

import json
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any, ClassVar

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_events as events
from aws_cdk import aws_kms as kms
from aws_cdk import aws_stepfunctions as sfn
from syrupy.assertion import SnapshotAssertion

from naws.core.rules.asl import definition_issues
from naws.ecs_task_processor import (
    Conventions,
    EcsTaskProcessor,
    EcsTaskProcessorProps,
    EventTrigger,
    NewVpc,
    QueueTrigger,
    ScheduleTrigger,
)
from naws.testing import (
    Returns,
    Synthesis,
    TemplateContract,
    TemplateSnapshot,
    run_workflow,
    synth_template,
    workflow_definitions,
)
from naws.testing.templates import of_type, only

Scenario = Callable[[cdk.App], cdk.Stack]
Synthesiser = Callable[..., Synthesis]

MACHINE = "AWS::StepFunctions::StateMachine"
ALARM = "AWS::CloudWatch::Alarm"

ROUTERS = [
    "AWS::ElasticLoadBalancing*",
    "AWS::ECS::Service",
    "AWS::ServiceDiscovery::*",
    "AWS::ApiGateway*",
    "AWS::Lambda::*",
    "AWS::CloudFormation::CustomResource",
    "Custom::*",
]

WITHOUT_RESOURCE_LEVEL = {
    "cloudwatch:PutMetricData": "has no resource; the condition names the namespace",
    "xray:PutTraceSegments": "has no resource",
    "xray:PutTelemetryRecords": "has no resource",
    "xray:GetSamplingRules": "has no resource",
    "xray:GetSamplingTargets": "has no resource",
    "logs:CreateLogDelivery": "has no resource",
    "logs:GetLogDelivery": "has no resource",
    "logs:UpdateLogDelivery": "has no resource",
    "logs:DeleteLogDelivery": "has no resource",
    "logs:ListLogDeliveries": "has no resource",
    "logs:PutResourcePolicy": "has no resource",
    "logs:DescribeResourcePolicies": "has no resource",
    "logs:DescribeLogGroups": "has no resource",
}


@pytest.fixture
def minimal(scenarios: dict[str, Scenario], synthesis: Synthesiser) -> dict[str, Any]:
    return synthesis(scenarios["minimal"]).template


@pytest.fixture
def production(scenarios: dict[str, Scenario], synthesis: Synthesiser) -> dict[str, Any]:
    return synthesis(scenarios["production"]).template


class TestTemplates(TemplateContract):
    tags: ClassVar = {"service": "reports", "stage": "prod", "owner": "data", "naws:pattern": "ecs-task-processor"}
    forbidden = ROUTERS
    without_resource = WITHOUT_RESOURCE_LEVEL

    def shows(self, scenario: str, logical_id: str, kind: str, minimal: Collection[str]) -> bool:
        """Production is shown whole, too; the workflow is in a file of its own."""
        elsewhere = () if scenario == "production" else minimal
        return kind != MACHINE and super().shows(scenario, logical_id, kind, elsewhere)


def test_snapshot_of_the_network(minimal: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert only(minimal, lambda name, _: name.startswith("NawsVpc")) == snapshot(extension_class=TemplateSnapshot)


def test_snapshot_of_the_workflow(minimal: dict[str, Any], snapshot: SnapshotAssertion) -> None:
    assert only(minimal, lambda _, kind: kind == MACHINE) == snapshot(extension_class=TemplateSnapshot)


def test_nothing_has_a_public_address(template: dict[str, Any]) -> None:
    definition = json.dumps(of_type(template, "AWS::StepFunctions::StateMachine")[0]["DefinitionString"])
    assert r"\"AssignPublicIp\":\"DISABLED\"" in definition.replace("\\\\", "\\")
    assert not any(subnet.get("MapPublicIpOnLaunch") for subnet in of_type(template, "AWS::EC2::Subnet"))


def test_step_functions_would_take_every_definition(template: dict[str, Any]) -> None:
    definitions = workflow_definitions(template)

    assert definitions
    assert [issue for each in definitions.values() for issue in definition_issues(each)] == []


def test_the_sizes_that_memory_may_grow_to(scenarios: dict[str, Scenario], synthesis: Synthesiser) -> None:
    definition = next(iter(workflow_definitions(synthesis(scenarios["hard"]).template).values()))
    overrides = definition["States"]["Run task"]["Arguments"]["Overrides"]
    memory = [*range(2048, 8192 + 1, 1024), *range(9216, 16384 + 1, 1024)]
    assert overrides["Memory"] == "{% $string([" + ", ".join(map(str, memory)) + "][$size]) %}"
    assert overrides["Cpu"] == "{% $string([" + ", ".join(["1024"] * 7 + ["2048"] * 8) + "][$size]) %}"


def stepping(**step: Any) -> dict[str, Any]:
    """The definition of a workflow that has a processor for its one step."""

    def build(app: cdk.App) -> cdk.Stack:
        stack = cdk.Stack(app, "Reports")
        image = ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/busybox:1.36.1")
        processor = EcsTaskProcessor(stack, "Nightly", EcsTaskProcessorProps(image=image, vpc=NewVpc()))
        report = processor.as_step(stack, "Report", **step)
        sfn.StateMachine(stack, "Month", definition_body=sfn.DefinitionBody.from_chainable(report))
        return stack

    (definition,) = [d for d in workflow_definitions(synth_template(build)).values() if "Report" in d["States"]]
    return definition


def test_a_processor_is_a_step_of_another_workflow() -> None:
    definition = stepping(payload={"month": "{% $states.input.month %}"})
    outcome = Returns({"Output": {"exit_code": 0}})
    finished = run_workflow(definition, {"month": "May"}, {"Report": [outcome]}, execution_name="monthly")
    assert finished.status == "SUCCEEDED"
    envelope = finished.arguments("Report")[0]["Input"]
    assert envelope["trigger"] == "step"
    assert envelope["caller"].endswith(":monthly")
    assert envelope["id"] == f"{envelope['caller']}/Report"
    assert envelope["payload"] == {"month": "May"}


def test_every_item_of_a_map_is_a_run_of_its_own() -> None:
    step = stepping()
    each = {"Type": "Map", "ItemProcessor": {"StartAt": "Report", "States": step["States"]}, "End": True}
    definition = {"QueryLanguage": "JSONata", "StartAt": "Each", "States": {"Each": each}}
    finished = run_workflow(definition, ["a", "b"], {"Report": [Returns({}), Returns({})]})
    asked = [arguments["Input"] for arguments in finished.arguments("Report")]
    assert [envelope["payload"] for envelope in asked] == ["a", "b"]
    assert len({envelope["id"] for envelope in asked}) == 2


def test_a_step_may_name_its_run() -> None:
    finished = run_workflow(stepping(run_id="{% $states.input.order %}"), {"order": "o-1"}, {"Report": [Returns({})]})
    assert finished.arguments("Report")[0]["Input"]["id"] == "o-1"


def test_the_container_is_locked_down(minimal: dict[str, Any]) -> None:
    (task,) = of_type(minimal, "AWS::ECS::TaskDefinition")
    (container,) = task["ContainerDefinitions"]
    assert task["NetworkMode"] == "awsvpc"
    assert "PidMode" not in task
    assert "IpcMode" not in task
    assert container["User"] == "1000:1000"
    assert container["ReadonlyRootFilesystem"] is True
    assert container["Privileged"] is False
    assert container["LinuxParameters"]["InitProcessEnabled"] is True
    assert container["LinuxParameters"]["Tmpfs"] == [
        {"ContainerPath": "/tmp", "Size": 256, "MountOptions": ["mode=1777"]}
    ]
    assert container["LogConfiguration"]["Options"]["mode"] == "non-blocking"
    assert "PortMappings" not in container


def test_the_task_can_be_reached_by_nobody_and_reaches_https(minimal: dict[str, Any]) -> None:
    (group,) = of_type(minimal, "AWS::EC2::SecurityGroup")
    assert "SecurityGroupIngress" not in group
    assert [(rule["FromPort"], rule["ToPort"]) for rule in group["SecurityGroupEgress"]] == [(443, 443)]


@pytest.mark.parametrize(
    ("construct_id", "named"),
    [
        ("Nightly", "Nightly"),
        ("Nightly report (v1.2) #7", "Nightly report (v1.2) #7"),
        ("O'Brien", "O-Brien"),
        ("Nächtlich", "N-chtlich"),
        ("x" * 240, "x" * 220),
    ],
)
def test_any_construct_id_is_described_as_ec2_takes_it(construct_id: str, named: str) -> None:
    stack = cdk.Stack(cdk.App(), "Reports")
    EcsTaskProcessor(stack, construct_id, EcsTaskProcessorProps(image=ecs.ContainerImage.from_registry("busybox:1.36")))
    (group,) = of_type(synth_template(stack), "AWS::EC2::SecurityGroup")
    # Another description is another group: it must not change for ids that EC2 takes.
    assert group["GroupDescription"] == f"What {named} may reach; nothing reaches it"
    assert len(group["GroupDescription"]) <= 255


def test_roles_may_be_passed_to_tasks_only(minimal: dict[str, Any]) -> None:
    statements = [
        statement
        for policy in of_type(minimal, "AWS::IAM::Policy")
        for statement in policy["PolicyDocument"]["Statement"]
        if "iam:PassRole" in statement["Action"]
    ]
    assert len(statements) == 1
    assert statements[0]["Condition"] == {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
    assert len(statements[0]["Resource"]) == 2


def test_the_workflow_runs_a_revision_not_a_family(minimal: dict[str, Any]) -> None:
    (machine,) = of_type(minimal, "AWS::StepFunctions::StateMachine")
    assert {"Ref": "NightlyTask77170AA6"} in machine["DefinitionString"]["Fn::Join"][1]
    assert machine["TracingConfiguration"] == {"Enabled": True}
    assert machine["LoggingConfiguration"]["IncludeExecutionData"] is False
    assert machine["LoggingConfiguration"]["Level"] == "ALL"


def test_data_is_retained(minimal: dict[str, Any]) -> None:
    kept = {"AWS::SQS::Queue", "AWS::S3::Bucket", "AWS::Logs::LogGroup"}
    found = {name: part for name, part in minimal["Resources"].items() if part["Type"] in kept}
    assert {part["Type"] for part in found.values()} == kept
    for name, resource in found.items():
        # A first deployment that fails leaves nothing behind that the next one would meet.
        assert resource["DeletionPolicy"] == "RetainExceptOnCreate", name
        assert resource["UpdateReplacePolicy"] == "Retain", name


def test_what_outlives_its_stack_is_not_in_the_way_of_the_next(template: dict[str, Any]) -> None:
    names = ("Name", "QueueName", "LogGroupName", "BucketName", "TableName")
    named = {
        name: part["Properties"][key]
        for name, part in template["Resources"].items()
        for key in names
        if part.get("DeletionPolicy", "Delete") != "Delete" and key in part.get("Properties", {})
    }
    # The id of the stack, or that of a role that is made with the thing.
    assert {name: value for name, value in named.items() if not {"AWS::StackId", "RoleId"} & set(texts(value))} == {}


def texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict() | list():
            for part in value.values() if isinstance(value, dict) else value:
                yield from texts(part)
        case _:
            pass


def test_with_a_prefix_and_retained_no_name_is_met_twice(scenarios: dict[str, Scenario]) -> None:
    def build(app: cdk.App) -> cdk.Stack:
        Conventions(name_prefix="reports-prod").apply(app)
        return scenarios["queue"](app)

    test_what_outlives_its_stack_is_not_in_the_way_of_the_next(synth_template(build))
    queues = [found["QueueName"] for found in of_type(synth_template(build), "AWS::SQS::Queue")]
    assert sorted(name["Fn::Join"][1][0] for name in queues) == [
        "reports-prod-Nightly-dead-letters-",
        "reports-prod-Nightly-failures-",
        "reports-prod-Nightly-queue-1-",
        "reports-prod-Nightly-queue-1-dead-letters-",
    ]


RECOMMENDED = {"@aws-cdk/aws-events:eventsTargetQueueSameAccount": True}


@pytest.mark.parametrize("flags", [{}, RECOMMENDED], ids=["without flags", "with the flag"])
def test_with_an_own_key_services_of_this_account_alone_send_and_use_the_key(flags: dict[str, bool]) -> None:
    stack = cdk.Stack(cdk.App(context=flags), "Reports")
    key = kms.Key(stack, "Key")
    image = ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/busybox:1.36.1")
    triggers = [EventTrigger(events.EventPattern(source=["shop"])), ScheduleTrigger("@daily"), QueueTrigger()]
    EcsTaskProcessor(stack, "Nightly", EcsTaskProcessorProps(image=image, encryption_key=key, triggers=triggers))
    made = synth_template(stack)

    documents = {
        name: part["Properties"].get("PolicyDocument") or part["Properties"].get("KeyPolicy")
        for name, part in made["Resources"].items()
        if part["Type"] in ("AWS::SQS::QueuePolicy", "AWS::KMS::Key", "AWS::SNS::TopicPolicy")
    }
    to_services = [
        (name, statement)
        for name, document in documents.items()
        for statement in document["Statement"]
        if "Service" in (statement["Principal"] if isinstance(statement["Principal"], dict) else {})
    ]
    principals = json.dumps([statement["Principal"] for _, statement in to_services])
    assert "events.amazonaws.com" in principals
    assert "cloudwatch.amazonaws.com" in principals
    bound = ("aws:SourceArn", "aws:SourceAccount", "kms:EncryptionContext:aws:logs:arn")
    open_to_all = [name for name, statement in to_services if not any(key in str(statement) for key in bound)]
    assert open_to_all == []


def test_dev_command_is_in_the_assembly_and_never_in_the_template() -> None:
    app = cdk.App(context={"aws:cdk:enable-path-metadata": True})
    stack = cdk.Stack(app, "Reports")
    image = ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/busybox:1.36.1")
    EcsTaskProcessor(stack, "Nightly", EcsTaskProcessorProps(image=image, dev_command=["python", "-m", "secret-job"]))
    assembly = app.synth()
    assert "secret-job" not in json.dumps(assembly.get_stack_by_name("Reports").template)
    texts = [path.read_text() for path in Path(assembly.directory).glob("*.json") if "template" not in path.name]
    assert any("naws:dev-command" in text and "secret-job" in text for text in texts)
