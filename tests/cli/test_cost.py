"""`naws cost`: idle, a run, and the same on a service; each price has a source, or says that it was not found."""

import json
import re

import pytest
from typer.testing import CliRunner

from naws.cli.main import app
from naws.cli.prices import PRICES, REGION

TASK = {
    "Cpu": "1024",
    "Memory": "2048",
    "ContainerDefinitions": [{"Name": "main", "Image": "i"}],
    "RuntimePlatform": {"CpuArchitecture": "ARM64"},
}
RUNS = {
    "pattern": "tried",
    "path": "Shop/Job",
    "kind": "workflow",
    "schedules": ["Daily"],
    "queues": ["Work"],
}
DEFINITION = {
    "Fn::Join": ["", ['{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"},"B":{"Arn":"', {"Ref": "X"}, '"}}}']]
}
METRIC = {"Id": "a", "MetricStat": {"Metric": {"MetricName": "M", "Namespace": "N"}, "Period": 60, "Stat": "Sum"}}
TEMPLATE = {
    "Resources": {
        "Machine": {
            "Type": "AWS::StepFunctions::StateMachine",
            "Metadata": {"naws:runs": RUNS},
            "Properties": {"DefinitionString": DEFINITION},
        },
        "Task": {"Type": "AWS::ECS::TaskDefinition", "Properties": TASK},
        "Daily": {"Type": "AWS::Scheduler::Schedule", "Properties": {"ScheduleExpression": "rate(1 day)"}},
        "Work": {"Type": "AWS::SQS::Queue"},
        "Gateway": {"Type": "AWS::EC2::NatGateway"},
        "Key": {"Type": "AWS::KMS::Key"},
        "Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"Metrics": [METRIC, METRIC, {"Id": "e"}]}},
        "Database": {"Type": "AWS::RDS::DBInstance"},
        "Cache": {"Type": "AWS::ElastiCache::ServerlessCache"},
    }
}


@pytest.fixture
def shop(assembly):
    paths = {f"/Shop/Job/{name}/Resource": name for name in ("Machine", "Task", "Daily", "Work")}
    metadata = {path: [{"type": "aws:cdk:logicalId", "data": name}] for path, name in paths.items()}
    return assembly.stack("Shop", TEMPLATE, metadata=metadata)


def run(*arguments):
    return CliRunner().invoke(app, [str(each) for each in arguments])


def test_idle_a_run_and_a_service_beside_it(shop):
    result = run("cost", shop, "--minutes", "10", "--runs", "100", "--log-mib", "0", "--json")
    document = json.loads(result.stdout)
    assert (result.exit_code, document["prices"]["region"]) == (0, "us-east-1")
    idle = {row["what"]: row["usd"] for row in document["idle"]["Shop"]}
    assert idle["NAT gateway"] == pytest.approx(0.045 * 730)
    assert idle["CloudWatch alarm, for each of its metrics"] == pytest.approx(0.2)
    assert idle["RDS instance"] is None
    assert document["notPriced"] == ["AWS::ElastiCache::ServerlessCache"]
    (job,) = document["patterns"]
    task = (0.03238 + 2 * 0.00356) / 6
    assert job["usdPerRun"] == pytest.approx(task + 2 * 0.000025 + 0.000001 + 3 * 0.0000004 + 0.0000004, abs=1e-6)
    assert job["servicePerMonth"] == pytest.approx((0.03238 + 2 * 0.00356) * 730, abs=1e-4)
    assert job["asDearFrom"] == int(job["servicePerMonth"] / job["usdPerRun"])
    assert job["usdPerMonth"] == pytest.approx(100 * job["usdPerRun"], abs=1e-6)


def test_it_is_printed_with_what_was_not_found(shop):
    result = run("cost", shop, "--prices")
    assert "Shop: 34.05 a month while nothing runs" in result.stdout
    assert re.search(r"not found +1 x +RDS instance", result.stdout)
    assert "not priced, and not in the sums: AWS::ElastiCache::ServerlessCache" in result.stderr
    assert re.search(r"0\.045 +a hour +NAT gateway +2026-02-24 +https://", result.stdout)


def test_another_region_is_named(assembly):
    directory = assembly.stack("Shop", TEMPLATE, environment="aws://111122223333/eu-central-1")
    assert f"no prices of eu-central-1 were looked up: these are of {REGION}" in run("cost", directory).stderr


def test_an_app_without_a_pattern(assembly):
    directory = assembly.stack("Empty", {"Resources": {}})
    for command in ("cost", "diagram"):
        result = run(command, directory, "--json")
        assert (result.exit_code, json.loads(result.stdout)["error"]["title"]) == (6, "The app has no pattern.")


@pytest.mark.parametrize("price", PRICES.values(), ids=PRICES)
def test_each_price_has_a_source_or_is_not_there(price):
    assert (price.usd is None) == (price.source == "")
    assert price.source == "" or price.source.startswith("https://")
    assert re.fullmatch(r"|20\d\d(-\d\d-\d\d)?", price.dated)
