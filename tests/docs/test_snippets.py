import asyncio
import json
import os
import re
import runpy
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SNIPPETS = ROOT / "examples/snippets"
APPS = sorted(path.name for path in SNIPPETS.glob("*.py"))
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("packages/*/README.md")), *sorted((ROOT / "docs").rglob("*.md"))]

# What each page promises of its snippet, by resource type; a bare name would pass with an empty stack.
PROMISED = {
    "acknowledge_replacement.py": {"AWS::DynamoDB::GlobalTable": 1},
    "alarms.py": {"AWS::CloudWatch::Alarm": 3, "AWS::StepFunctions::StateMachine": 2},
    "bindings.py": {"AWS::SecretsManager::Secret": 1, "AWS::DynamoDB::Table": 1, "AWS::StepFunctions::StateMachine": 2},
    "capacity.py": {"AWS::DynamoDB::Table": 1, "AWS::StepFunctions::StateMachine": 2},
    "colour.py": {"AWS::StepFunctions::StateMachine": 1},
    "composition.py": {"AWS::CloudWatch::Dashboard": 1, "AWS::EC2::SecurityGroupEgress": 1, "AWS::Pipes::Pipe": 1},
    "conventions.py": {"AWS::StepFunctions::StateMachine": 1},
    "data.py": {"AWS::S3::Bucket": 2, "AWS::DynamoDB::Table": 1, "AWS::RDS::DBInstance": 1, "AWS::EC2::VPC": 0},
    "portal_website.py": {"AWS::CloudFront::Distribution": 1, "AWS::CloudFront::Function": 1},
    "ecs_service.py": {"AWS::ECS::Service": 1, "AWS::ElasticLoadBalancingV2::LoadBalancer": 1},
    "ecs_service_balancers.py": {"AWS::ECS::Service": 3, "AWS::ElasticLoadBalancingV2::LoadBalancer": 1},
    "ecs_service_beyond.py": {
        "AWS::ECS::Service": 2,
        "AWS::ElasticLoadBalancingV2::TargetGroup": 3,
        "AWS::ServiceDiscovery::HttpNamespace": 1,
    },
    "ecs_service_composition.py": {
        "AWS::CloudFront::Distribution": 1,
        "AWS::CloudFront::VpcOrigin": 1,
        "AWS::ECS::Service": 2,
        "AWS::ElasticLoadBalancingV2::LoadBalancer": 1,
    },
    "ecs_service_routes.py": {
        "AWS::CertificateManager::Certificate": 1,
        "AWS::ElasticLoadBalancingV2::ListenerRule": 4,
        "AWS::ElasticLoadBalancingV2::LoadBalancer": 1,
        "AWS::Route53::RecordSet": 1,
    },
    "ecs_service_scaling.py": {
        "AWS::ApplicationAutoScaling::ScalingPolicy": 3,
        "AWS::ElasticLoadBalancingV2::TargetGroup": 3,
    },
    "fan_out.py": {"AWS::StepFunctions::StateMachine": 3, "AWS::Pipes::Pipe": 1},
    "five_lines.py": {"AWS::StepFunctions::StateMachine": 1, "AWS::Scheduler::Schedule": 1},
    "network.py": {"AWS::EC2::VPC": 0, "AWS::StepFunctions::StateMachine": 1},
    "own_bindings.py": {"AWS::Kinesis::Stream": 1, "AWS::S3::Bucket": 2},
    "retries.py": {"AWS::StepFunctions::StateMachine": 1},
    "service.py": {
        "AWS::Lambda::Alias": 2,
        "AWS::ApiGatewayV2::Api": 1,
        "AWS::Lambda::EventSourceMapping": 1,
        "AWS::SQS::Queue": 2,
    },
    "service_composition.py": {
        "AWS::CodeDeploy::DeploymentGroup": 1,
        "AWS::EC2::SecurityGroupEgress": 1,
        "AWS::StepFunctions::StateMachine": 2,
    },
    "service_endpoints.py": {
        "AWS::ApiGatewayV2::Authorizer": 1,
        "AWS::ApiGatewayV2::Route": 3,
        "AWS::Route53::RecordSet": 1,
        "AWS::Lambda::Url": 1,
    },
    "service_triggers.py": {
        "AWS::Scheduler::Schedule": 1,
        "AWS::Events::Rule": 1,
        "AWS::Lambda::EventSourceMapping": 1,
        "AWS::Lambda::EventInvokeConfig": 2,
    },
    "stages.py": {"AWS::EC2::VPC": 1, "AWS::S3::Bucket": 2, "AWS::StepFunctions::StateMachine": 1},
    "step.py": {"AWS::StepFunctions::StateMachine": 3},
    "triggers.py": {"AWS::Scheduler::Schedule": 2, "AWS::Events::Rule": 4, "AWS::Pipes::Pipe": 1},
    "workflow.py": {"AWS::StepFunctions::StateMachine": 2, "AWS::Lambda::Alias": 1, "AWS::Scheduler::Schedule": 1},
    "workflow_approval.py": {"AWS::StepFunctions::StateMachine": 1, "AWS::SQS::Queue": 3},
    "workflow_calls.py": {"AWS::StepFunctions::StateMachine": 1, "AWS::DynamoDB::Table": 1},
    "workflow_composition.py": {"AWS::StepFunctions::StateMachine": 2, "AWS::Pipes::Pipe": 1},
    "workflow_definitions.py": {"AWS::StepFunctions::StateMachine": 3, "AWS::Pipes::Pipe": 1},
}
REFUSED = {
    "wrong_size.py": ("PatternValidationError: ", "NAWS-"),
    "workflow_wrong.py": ("RuntimeError: ", "NAWS-ASL-042"),
}


def test_every_snippet_has_an_expectation() -> None:
    assert sorted({*PROMISED, *REFUSED}) == APPS


def _of_every_day(page: Path) -> Any:
    """The pages of a first day: for others many apps are synthesised."""
    return page if page.name in {"README.md", "start.md"} else pytest.param(page, marks=pytest.mark.exhaustive)


@pytest.mark.exhaustive  # one process for all of them
@pytest.mark.parametrize("name", PROMISED)
def test_snippet_synthesises_what_it_promises(name: str, synthesised: dict[str, Any]) -> None:
    stacks = synthesised[name]
    assert isinstance(stacks, dict), stacks
    kinds = Counter(resource["Type"] for stack in stacks.values() for resource in stack["Resources"].values())
    assert {kind: kinds[kind] for kind in PROMISED[name]} == PROMISED[name]


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", REFUSED)
def test_snippet_is_refused(name: str, synthesised: dict[str, Any]) -> None:
    said = synthesised[name]
    assert isinstance(said, str)
    start, code = REFUSED[name]
    assert said.startswith(start)
    assert code in said


def test_every_snippet_is_shown_on_a_page() -> None:
    text = "".join(page.read_text() for page in PAGES)
    assert [name for name in APPS if f"examples/snippets/{name} -->" not in text] == []


@pytest.mark.parametrize("page", [_of_every_day(page) for page in PAGES], ids=lambda page: str(page.relative_to(ROOT)))
def test_blocks_are_what_the_code_says(page: Path, fill: ModuleType) -> None:
    text = page.read_text()
    assert fill.filled(text) == text, "run: uv run python docs/fill.py"


def test_the_page_of_costs_has_every_example() -> None:
    page = (ROOT / "docs/concepts/costs.md").read_text()
    apps = {path.parent.name for path in (ROOT / "examples").glob("*/app.py")} - {"pipelines"}
    assert {name for name in apps if f"| `{name}` | **" in page} == apps


def test_an_option_that_needs_no_permission_says_so() -> None:
    page = (ROOT / "docs/patterns/ecs-task-processor.md").read_text()
    for option in ("memory_growth", "capacity", "exit_codes"):
        assert f"| `{option}` |  | nothing more |  |  |" in page


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_python_on_a_page_is_a_file(page: Path) -> None:
    without_blocks = re.sub(r"<!-- fill: .*?<!-- end -->", "", page.read_text(), flags=re.DOTALL)
    assert "```python" not in without_blocks, "put it into examples/snippets and fill it in"


@pytest.mark.parametrize(
    ("folder", "event", "answer"),
    [
        (
            "orders",
            {"version": "2.0", "rawPath": "/orders/o-1"},
            {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": '{"order": "o-1"}'},
        ),
        ("check", {"Status": "SUCCEEDED", "Name": "run-1"}, {"checked": "run-1"}),
        (
            "mails",
            {"Records": [{"messageId": "1", "body": '{"to": "a@b.example"}'}, {"messageId": "2", "body": "{"}]},
            {"batchItemFailures": [{"itemIdentifier": "2"}]},
        ),
    ],
)
def test_the_smallest_functions_answer(folder: str, event: Any, answer: Any) -> None:
    handler = runpy.run_path(str(SNIPPETS / folder / "app.py"))["handler"]
    assert handler(event, SimpleNamespace(aws_request_id="r-1")) == answer


def test_the_tests_of_a_workflow_pass_without_aws() -> None:
    found = runpy.run_path(str(SNIPPETS / "offline/test_sorting.py"))
    tests = [test for name, test in found.items() if name.startswith("test_")]
    assert len(tests) == 2
    for test in tests:
        test()


@pytest.mark.parametrize(("path", "answer"), [("/health", {"status": "ok"}), ("/orders/o-1", {"order": "o-1"})])
def test_the_smallest_service_answers(path: str, answer: Any) -> None:
    app = runpy.run_path(str(SNIPPETS / "api/main.py"))["app"]
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(app({"type": "http", "path": path}, receive, send))
    assert (sent[0]["status"], json.loads(sent[1]["body"])) == (200, answer)


def test_the_smallest_job_reads_its_run() -> None:
    run = {"NAWS_RUN_ID": "r-1", "NAWS_ATTEMPT": "2", "NAWS_PAYLOAD": '{"kind": "daily"}', "PATH": os.environ["PATH"]}
    job = [sys.executable, str(SNIPPETS / "job/main.py")]
    ended = subprocess.run(job, env=run, capture_output=True, text=True, check=True)
    assert ended.stdout == "run r-1, attempt 2: {'kind': 'daily'}\n"
    large = subprocess.run(
        job, env={**run, "NAWS_PAYLOAD_URI": "s3://b/k"}, capture_output=True, text=True, check=False
    )
    assert (large.returncode, large.stdout) == (1, "")
