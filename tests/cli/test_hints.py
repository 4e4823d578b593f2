"""What a person can paste reaches what was deployed, wherever that is."""

import json
import platform
import uuid
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3

from naws.cli import distributions, hints, load_balancers
from naws.cli.assembly import StackArtifact
from naws.cli.aws import Aws
from naws.cli.destinations import Target
from naws.cli.embedded import NotEmulated
from naws.cli.embedded.postgres.programs import installed
from naws.cli.endpoints import Endpoint
from naws.cli.stacks import EmbeddedStack
from naws.core import ServiceStage
from naws.core.runs import Runs
from naws.testing.synth import cdk_app, template_of

SIGNED = '--user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"'


def stack(name: str, account: str, region: str) -> Any:
    arn = f"arn:aws:states:{region}:{account}:stateMachine:{name}"
    aws = SimpleNamespace(target=Target(account, region), client=lambda _: None)
    runs = {"Machine": Runs(pattern="drum-machine", path=f"{name}/It", kind="workflow")}
    artifact: Any = SimpleNamespace(runs=runs, template={})
    return EmbeddedStack(artifact, aws, {}, {"Machine": ("AWS::StepFunctions::StateMachine", arn)})


def session(key: str) -> Any:
    names = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION")
    variables = dict(zip(names, ("http://127.0.0.1:1", key, "secret", "us-east-1"), strict=True))
    embedded = SimpleNamespace(environment=lambda: dict(variables), account_id="000000000000")
    return SimpleNamespace(embedded=embedded, state_dir=Path.cwd() / ".naws" / "local")


def test_each_stack_is_reached_in_its_own_account_and_region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hints, "commands_of", lambda one: [f"curl {one.artifact.runs['Machine'].path[:-3]}"])
    stacks = [
        stack("one", "000000000000", "us-east-1"),
        stack("two", "222222222222", "eu-central-1"),
        stack("three", "222222222222", "eu-central-1"),
        stack("four", "000000000000", "us-east-1"),
    ]

    commands = hints._commands(session("OWN"), stacks)

    endpoint, secret = "AWS_ENDPOINT_URL=http://127.0.0.1:1", "AWS_SECRET_ACCESS_KEY=secret"
    own, other = (
        f"export {endpoint} AWS_ACCESS_KEY_ID={key} {secret} AWS_REGION={region} AWS_DEFAULT_REGION={region}"
        for key, region in (("OWN", "us-east-1"), ("222222222222", "eu-central-1"))
    )
    started = [f"naws run {name}/It --payload '{{}}'" for name in ("one", "two", "three", "four")]
    requests = ["curl one", "curl two", "curl three", "curl four"]
    assert commands == [*started, own, requests[0], other, requests[1], requests[2], own, requests[3]]


def test_our_own_commands_name_a_state_directory_that_they_would_not_find(tmp_path: Path) -> None:
    elsewhere = SimpleNamespace(embedded=session("OWN").embedded, state_dir=tmp_path / "state")
    (first, _) = hints._commands(elsewhere, [stack("one", "000000000000", "us-east-1")])
    assert first == f"naws run one/It --payload '{{}}' --state-dir {tmp_path / 'state'}"


def test_what_starts_runs_and_where_they_log_is_what_the_patterns_name(aws: Aws, tmp_path: Path) -> None:
    """Whatever the pattern is called, and only that: not the other queue, log group, machine and rule."""
    events = aws.client("events")
    name = f"r{uuid.uuid4().hex[:8]}"
    pattern = {"source": ["aws.s3"], "detail": {"bucket": {"name": ["inbox", {"prefix": "x"}]}}}
    other = {"source": ["aws.s3"], "detail": {"bucket": {"name": ["others"]}}}
    patterns = {"upload": pattern, "order": {"source": ["orders"]}, "all": {"source": ["aws.s3"]}, "none": other}
    for kind, each in patterns.items():
        events.put_rule(Name=f"{name}-{kind}", EventPattern=json.dumps(each))
    metadata = {
        "pattern": "drum-machine",
        "path": "S/P",
        "kind": "workflow",
        "logGroup": "Logs",
        "queues": ["Work", "LeftOut"],
        "rules": ["upload", "order", "all"],
    }
    resources = {"Runs": {"Type": "AWS::StepFunctions::StateMachine", "Metadata": {"naws:runs": metadata}}}
    (tmp_path / "S.json").write_text(json.dumps({"Resources": resources}))
    artifact = StackArtifact("S", tmp_path, {"properties": {"templateFile": "S.json"}})
    physical = {kind: ("AWS::Events::Rule", f"{name}-{kind}") for kind in patterns}
    physical |= {key: ("AWS::SQS::Queue", f"https://{key.lower()}") for key in ("Work", "Failures")}
    physical |= {key: ("AWS::StepFunctions::StateMachine", f"arn:{key}") for key in ("Runs", "Own")}
    physical |= {key: ("AWS::Logs::LogGroup", f"/{key.lower()}") for key in ("Logs", "WorkflowLogs")}

    commands = hints._commands(session("OWN"), [EmbeddedStack(artifact, aws, {}, physical)])

    assert [line for line in commands if not line.startswith("export")] == [
        "naws send S/P '{}'",
        "naws run S/P --payload '{}'",
        "naws logs S/P --follow",
        f'curl --aws-sigv4 "aws:amz:$AWS_REGION:s3" {SIGNED} -T FILE $AWS_ENDPOINT_URL/inbox/KEY',
    ]


def function_stack(runs: dict[str, Runs], template: dict[str, Any]) -> EmbeddedStack:
    schedules = [{"Name": "Daily", "GroupName": "shop"}, {"Name": "Other", "GroupName": "default"}]
    pages = [{"Schedules": [each]} for each in schedules]
    client = SimpleNamespace(get_paginator=lambda _: SimpleNamespace(paginate=lambda: pages))
    aws: Any = SimpleNamespace(target=Target("000000000000", "us-east-1"), client=lambda _: client)
    artifact: Any = SimpleNamespace(runs=runs, template=template)
    physical = {name: ("AWS::Any::Type", name) for each in runs.values() for name in (*each.queues, *each.schedules)}
    return EmbeddedStack(artifact, aws, {}, {**physical, **{name: ("AWS::Lambda::Alias", name) for name in runs}})


def test_a_function_is_invoked_only_where_nothing_else_starts_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def function(path: str, **given: Any) -> Runs:
        return Runs(pattern="drum-machine", path=path, kind="function", **given)

    runs = {
        "invoked": function("S/Invoked"),
        "working": function("S/Working", queues=["Work"]),
        "timed": function("S/Timed", schedules=["Daily"]),
        "often": function("S/Often", schedules=["Hourly", "Nightly", "One", "Other"]),
        "answering": function("S/Answering"),
    }
    url = Endpoint(id="u", alias="answering", url="http://here", service="lambda", routes=[("$default", "NONE")])
    monkeypatch.setattr(hints, "endpoints_of", lambda _: [url])
    expressions = {"Hourly": "cron(0 * * * ? *)", "Nightly": "cron(0 3 * * ? *)", "One": "rate(1 day)"}
    expressions |= {"Other": "rate(1 day)"}
    resources = {name: {"Properties": {"ScheduleExpression": each}} for name, each in expressions.items()}
    lines = hints._commands(session("OWN"), [function_stack(runs, {"Resources": resources})])
    assert [line for line in lines if not line.startswith("export")] == [
        "naws run S/Invoked --payload '{}' --wait",
        "naws send S/Working '{}'",
        "naws fire S/Timed",
        "naws fire S/Often @hourly",
        "naws fire S/Often 'cron(0 3 * * ? *)'",
        "naws fire S/Often One",
        "naws fire S/Often Other",
        "curl http://here/",
    ]


class Balancers:
    """What Elastic Load Balancing describes of a load balancer with two listeners, of which the second has rules."""

    def describe_load_balancers(self, **_: Any) -> Any:
        return {"LoadBalancers": [{"LoadBalancerName": "Shop-Lb"}]}

    def describe_listeners(self, **given: Any) -> Any:
        arns = given.get("ListenerArns", ("80", "443"))
        return {"Listeners": [{"LoadBalancerArn": "lb", "Port": int(arn)} for arn in arns]}

    def describe_rules(self, **given: Any) -> Any:
        paths = {"Field": "path-pattern", "Values": ["/orders/*", "/x"]}
        hosts = {"Field": "host-header", "Values": ["*.example.org"]}
        rules = [
            {"IsDefault": True},
            {"IsDefault": False, "Priority": "20", "Conditions": [hosts]},
            {"IsDefault": False, "Priority": "9", "Conditions": [paths]},
        ]
        return {"Rules": rules if given["ListenerArn"] == "443" else rules[:1]}


def test_each_listener_has_a_request_by_its_rules() -> None:
    aws: Any = SimpleNamespace(client=lambda _: Balancers(), endpoint_url="http://127.0.0.1:4566")
    listeners = {name: ("AWS::ElasticLoadBalancingV2::Listener", name) for name in ("80", "443")}
    artifact: Any = None
    assert [*load_balancers.commands_of(EmbeddedStack(artifact, aws, {}, listeners))] == [
        "curl http://shop-lb.alb.localhost:4566/",
        "curl http://443.shop-lb.alb.localhost:4566/orders/",
        "curl -H 'Host: any.example.org' http://127.0.0.1:4566/",
    ]


class ManyServices(Balancers):
    """One listener, with three rules of a first service, two of a second and one of a third."""

    def describe_rules(self, **_: Any) -> Any:
        def rule(number: int, group: str) -> Any:
            weighted = [{"TargetGroupArn": group, "Weight": 1}, {"TargetGroupArn": f"{group}-other", "Weight": 0}]
            action: Any = {"Type": "forward", "ForwardConfig": {"TargetGroups": weighted[:: 1 if number % 2 else -1]}}
            conditions = [{"Field": "path-pattern", "Values": [f"/{group}/{number}"]}]
            return {"IsDefault": False, "Priority": str(number), "Conditions": conditions, "Actions": [action]}

        return {"Rules": [rule(number, group) for number, group in enumerate("aaabbc")]}


def test_each_service_has_a_request() -> None:
    aws: Any = SimpleNamespace(client=lambda _: ManyServices(), endpoint_url="http://here:1")
    artifact: Any = None
    listeners = {"80": ("AWS::ElasticLoadBalancingV2::Listener", "80")}
    lines = load_balancers.commands_of(EmbeddedStack(artifact, aws, {}, listeners))
    assert [line.partition("localhost:1")[2] for line in lines] == ["/a/0", "/a/1", "/a/2", "/b/3", "/c/5"]


class Distributions:
    """What CloudFront describes of a distribution with two names of its own."""

    def get_distribution(self, **given: Any) -> Any:
        config = {"Aliases": {"Quantity": 2, "Items": ["www.example.org", "*.example.org"]}}
        return {"Distribution": {"DomainName": f"d{given['Id'].lower()}.cloudfront.net", "DistributionConfig": config}}


def test_each_distribution_has_an_address_for_browsers() -> None:
    target = SimpleNamespace(account="000000000000")
    aws: Any = SimpleNamespace(client=lambda _: Distributions(), endpoint_url="http://127.0.0.1:4566", target=target)
    artifact: Any = SimpleNamespace(paths={"Edge1": "Portal/Edge/Resource"})
    stack = EmbeddedStack(artifact, aws, {}, {"Edge1": ("AWS::CloudFront::Distribution", "E1")})
    assert distributions.paths_of(stack) == {"arn:aws:cloudfront::000000000000:distribution/E1": "Portal/Edge"}
    request = "curl -H 'Host: {}.example.org' -H 'X-Forwarded-Proto: https' http://127.0.0.1:4566/"
    assert [*distributions.addresses_of([stack])] == [
        "http://de1.cloudfront.localhost:4566/  Portal/Edge",
        request.format("www"),
        request.format("any"),
    ]


@pytest.mark.parametrize(("runtime", "lines"), [("python3.14", 1), ("nodejs24.x", 0), ({"Ref": "Runtime"}, 0)])
def test_the_interpreter_of_handlers_is_named_once(
    runtime: Any, lines: int, capsys: pytest.CaptureFixture[str]
) -> None:
    function = {"Type": "AWS::Lambda::Function", "Properties": {"Runtime": runtime}}
    stacks = [function_stack({}, {"Resources": {"A": function, "B": function}})] * 2
    hints._show_interpreter(stacks)
    told = f"\nHandlers run on Python {platform.python_version()} here, whatever runtime is asked for.\n"
    assert capsys.readouterr().out == told * lines


@pytest.mark.parametrize("references", ["weak", "strong"])
def test_outputs_by_which_stacks_refer_to_each_other_are_not_shown(
    capsys: pytest.CaptureFixture[str], references: Any
) -> None:
    stage = ServiceStage(cdk_app(), "Stage", references=references)
    bucket = s3.Bucket(stage.data, "Bucket")
    for scope in (stage.data, stage.stack("Uses")):
        cdk.CfnOutput(scope, f"{scope.node.id}Own", value=bucket.bucket_arn)
    stage.synth()
    outputs = dict.fromkeys(template_of(stage.data)["Outputs"], "value")
    assert len(outputs) == 2

    running = session("OWN")
    running.embedded.not_emulated = list
    deployed = stack("Stage-Data", "000000000000", "us-east-1")
    deployed.artifact.name, deployed.artifact.display_name = "Data", "Stage/Data"
    hints.show(running, [replace(deployed, outputs=outputs)])
    assert capsys.readouterr().out.startswith("\nOutputs of Stage/Data\n  DataOwn = value\n\nTry it\n")


def test_a_database_is_named_by_its_version_or_by_how_to_get_one(capsys: pytest.CaptureFixture[str]) -> None:
    kind = "AWS::RDS::DBInstance"
    recorded = [
        NotEmulated(stack="Data", logical_id="Orders", resource_type=kind, reason="pip install it"),
        NotEmulated(stack="Data", logical_id="Gateway", resource_type="AWS::EC2::NatGateway"),
    ]
    running = SimpleNamespace(embedded=SimpleNamespace(not_emulated=lambda: recorded))

    def shown(*logical_ids: str) -> str:
        physical = {logical_id: (kind, logical_id) for logical_id in logical_ids}
        data = EmbeddedStack(SimpleNamespace(name="Data"), None, {}, physical)
        hints._show_not_emulated(running, [data])
        return capsys.readouterr().out

    version = installed()
    assert version
    told = "\nOrders of Data is recorded only: pip install it\n"
    rest = "\nRecorded only, these do nothing here: AWS::EC2::NatGateway (1)\n"
    assert shown("Orders") == told + rest
    line = f"\nDatabases are PostgreSQL {version.version} here, whatever version is asked for.\n"
    assert shown("Orders", "Ledger") == line + told + rest
