"""`naws cost`: idle, a run, and the same on a service; each price has a source, or is not known."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from naws.cli.assembly import read_stacks
from naws.cli.cost_idle import by_use, unknown
from naws.cli.cost_idle import idle as idle_of
from naws.cli.cost_runs import transitions
from naws.cli.main import app
from naws.cli.prices import BY_USE, HOURS, PRICES, REGION
from naws.core.rules import data_database, new_vpc

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
    "Fn::Join": [
        "",
        [
            '{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"},"B":{"Type":"Task","Arn":"',
            {"Ref": "X"},
            '","End":true,"Catch":[{"Next":"C"}]},"C":{"Type":"Fail"}}}',
        ],
    ]
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
        "Database": {"Type": "AWS::RDS::DBInstance", "Properties": {"Engine": "postgres", "DBInstanceClass": "db.x9"}},
        "Cache": {"Type": "AWS::ElastiCache::ServerlessCache"},
    }
}
KEPT = sorted(Path(__file__).parents[1].glob("released/*/*.template.json"))
ARM_TASK = 0.03238 + 2 * 0.00356


@pytest.fixture
def shop(assembly):
    return assembly.stack("Shop", TEMPLATE, metadata=paths("Machine", "Task", "Daily", "Work"))


def paths(*names):
    return {f"/Shop/Job/{name}/Resource": [{"type": "aws:cdk:logicalId", "data": name}] for name in names}


def run(*arguments):
    return CliRunner().invoke(app, [str(each) for each in arguments])


def idle(assembly, resources):
    """What these cost a month while nothing runs, beside a pattern that costs nothing then."""
    started = {"Type": "AWS::Lambda::Alias", "Metadata": {"naws:runs": {**RUNS, "kind": "function"}}}
    directory = assembly.stack("Shop", {"Resources": {"Live": started, **resources}})
    document = json.loads(run("cost", directory, "--json").stdout)
    assert document["notPriced"] == []
    return {row["what"]: (row["count"], row["usd"]) for row in document["idle"]["Shop"]}


def test_idle_a_run_and_a_service_beside_it(shop):
    result = run("cost", shop, "--minutes", "10", "--runs", "100", "--log-mib", "0", "--json")
    document = json.loads(result.stdout)
    assert (result.exit_code, document["version"], document["prices"]["region"]) == (0, 1, "us-east-1")
    standing = {row["what"]: row["usd"] for row in document["idle"]["Shop"]}
    assert standing["NAT gateway"] == pytest.approx(0.045 * 730)
    assert standing["CloudWatch alarm, for each of its metrics"] == pytest.approx(0.2)
    assert standing["RDS instance, postgres, db.x9"] is None
    assert document["notPriced"] == ["AWS::ElastiCache::ServerlessCache"]
    assert {"through a NAT gateway", "KMS, requests"} < {row["what"] for row in document["byUse"]}
    (job,) = document["patterns"]
    # A queue starts it: three requests of SQS and the pipe's; the schedule is another run's.
    assert job["usdPerRun"] == pytest.approx(ARM_TASK / 6 + 2 * 0.000025 + 4 * 0.0000004, abs=1e-7)
    assert job["servicePerMonth"] == pytest.approx(ARM_TASK * 730, abs=1e-4)
    assert job["asDearFrom"] == int(job["servicePerMonth"] / job["usdPerRun"])
    assert job["usdPerMonth"] == pytest.approx(100 * job["usdPerRun"], abs=1e-6)


def test_it_is_printed_with_what_is_not_known(shop):
    result = run("cost", shop, "--prices")
    assert "a run is taken to be 5 min of a task or 200 ms of a function, and 1 MiB of logs" in result.stdout
    assert "Shop: 34.05 a month while nothing runs, and what is not known" in result.stdout
    assert re.search(r"not known +1 x +RDS instance, postgres, db\.x9", result.stdout)
    assert "not priced, and not in the sums: AWS::ElastiCache::ServerlessCache" in result.stderr
    assert re.search(r"0\.045 +an hour +NAT gateway +2026-10-07 +https://", result.stdout)
    assert re.search(r"0\.045 +a GB +through a NAT gateway", result.stdout)
    assert re.search(r"not known +an hour +Fargate Spot", result.stdout)


def test_runs_of_a_function_are_many_and_print_little(assembly):
    function = {"Type": "AWS::Lambda::Function", "Properties": {"MemorySize": 512, "Architectures": ["arm64"]}}
    alias = {"Type": "AWS::Lambda::Alias", "Metadata": {"naws:runs": {**RUNS, "kind": "function", "queues": []}}}
    directory = assembly.stack("Shop", {"Resources": {"Live": alias, "F": function}}, metadata=paths("Live", "F"))
    (job,) = json.loads(run("cost", directory, "--json").stdout)["patterns"]
    log = 0.001 / 1024 * 0.5
    assert job["usdPerRun"] == pytest.approx(0.1 * 0.0000133334 + 0.0000002 + 0.000001 + log, abs=1e-7)
    assert job["runsPerMonth"] == 100_000
    assert job["servicePerMonth"] == pytest.approx((0.25 * 0.03238 + 0.5 * 0.00356) * 730, abs=1e-4)


def test_a_service_costs_what_scaling_leaves_of_it(assembly):
    service = {"TaskDefinition": {"Ref": "Task"}, "NetworkConfiguration": {"AwsvpcConfiguration": {}}}
    target = {"MinCapacity": 3, "ResourceId": {"Fn::Join": ["", ["service/c/", {"Fn::GetAtt": ["Service", "Name"]}]]}}
    resources = {
        "Task": {"Type": "AWS::ECS::TaskDefinition", "Properties": {**TASK, "EphemeralStorage": {"SizeInGiB": 50}}},
        "Service": {"Type": "AWS::ECS::Service", "Properties": service},
        "Target": {"Type": "AWS::ApplicationAutoScaling::ScalableTarget", "Properties": target},
    }
    (found,) = idle(assembly, resources).items()
    assert found[0] == "Fargate task of Service, 1 vCPU and 2 GB, ARM; 30 GB of disk"
    assert found[1] == (3, pytest.approx(3 * 730 * (ARM_TASK + 30 * 0.000111)))
    service["CapacityProviderStrategy"] = [{"CapacityProvider": "FARGATE_SPOT", "Weight": 1}]
    (spot,) = idle(assembly, resources)
    assert spot.endswith("at the price on demand: Spot takes up to 70 % off")


@pytest.mark.parametrize(
    ("kind", "properties", "expected"),
    [
        ("RDS::DBInstance", {"Engine": "postgres", "DBInstanceClass": "db.t4g.micro"}, [0.016 * HOURS]),
        (
            "RDS::DBInstance",
            {
                "Engine": "postgres",
                "DBInstanceClass": "db.t4g.small",
                "MultiAZ": True,
                "AllocatedStorage": "20",
                "StorageType": "gp3",
            },
            [0.065 * HOURS, 20 * 0.23],
        ),
        ("RDS::DBInstance", {"Engine": "postgres", "DBInstanceClass": "db.t4g.micro", "MultiAZ": True}, [None]),
        ("EC2::VPCEndpoint", {"VpcEndpointType": "Interface", "SubnetIds": ["a", "b"]}, [2 * 0.01 * HOURS]),
        ("EC2::VPCEndpoint", {"VpcEndpointType": "Gateway"}, []),
        ("WAFv2::WebACL", {"Rules": [{}, {}, {}]}, [5, 3]),
        ("Route53::HostedZone", {}, [0.5]),
        ("CloudWatch::Dashboard", {}, [3]),
        (
            "ElasticLoadBalancingV2::LoadBalancer",
            {"Scheme": "internet-facing", "Subnets": ["a", "b"]},
            [0.0225 * HOURS, 2 * 0.005 * HOURS],
        ),
        ("Kinesis::Stream", {"StreamModeDetails": {"StreamMode": "ON_DEMAND"}}, [0.04 * HOURS]),
        ("Kinesis::Stream", {"ShardCount": 2}, [2 * 0.015 * HOURS]),
        ("EFS::FileSystem", {}, []),
        ("DynamoDB::Table", {"BillingMode": "PAY_PER_REQUEST"}, []),
        ("CloudFront::Distribution", {}, []),
        ("Cognito::UserPool", {}, []),
    ],
)
def test_what_a_resource_costs_idle(assembly, kind, properties, expected):
    found = idle(assembly, {"It": {"Type": f"AWS::{kind}", "Properties": properties}})
    assert [usd for _, usd in found.values()] == [each if each is None else pytest.approx(each) for each in expected]


def test_aurora_costs_its_least_capacity(assembly):
    cluster = {"ServerlessV2ScalingConfiguration": {"MinCapacity": 0.5, "MaxCapacity": 4}}
    instance = {"DBClusterIdentifier": {"Ref": "Cluster"}, "DBInstanceClass": "db.serverless"}
    resources = {
        "Cluster": {"Type": "AWS::RDS::DBCluster", "Properties": cluster},
        "Writer": {"Type": "AWS::RDS::DBInstance", "Properties": instance},
        "Reader": {"Type": "AWS::RDS::DBInstance", "Properties": instance},
    }
    assert idle(assembly, resources) == {"Aurora Serverless v2, ACU": (1, pytest.approx(0.12 * HOURS))}
    cluster["ServerlessV2ScalingConfiguration"]["MinCapacity"] = 0
    assert idle(assembly, resources) == {}


def test_environments_that_are_provisioned(assembly):
    alias = {"FunctionName": {"Ref": "F"}, "ProvisionedConcurrencyConfig": {"ProvisionedConcurrentExecutions": 4}}
    resources = {
        "F": {"Type": "AWS::Lambda::Function", "Properties": {"MemorySize": 512}},
        "Warm": {"Type": "AWS::Lambda::Alias", "Properties": alias},
    }
    usd = 4 * 0.5 * 0.0000041667 * 3600 * HOURS
    assert idle(assembly, resources) == {"Lambda, GB provisioned, x86": (2, pytest.approx(usd))}


def test_a_table_with_capacity_is_not_taken_for_free(assembly):
    table = {"Type": "AWS::DynamoDB::Table", "Properties": {"ProvisionedThroughput": {}}}
    with pytest.raises(AssertionError, match="AWS::DynamoDB::Table"):
        idle(assembly, {"Table": table})


def test_states_of_the_shortest_way_to_success():
    states = {
        "Start": {"Type": "Choice", "Choices": [{"Next": "Long"}], "Default": "Each"},
        "Long": {"Type": "Pass", "Next": "Longer"},
        "Longer": {"Type": "Pass", "Next": "Longest"},
        "Longest": {"Type": "Pass", "Next": "Last"},
        "Each": {
            "Type": "Map",
            "ItemProcessor": {"StartAt": "Item", "States": {"Item": {"Type": "Pass", "End": True}}},
            "Catch": [{"Next": "Sorry"}],
            "Next": "Last",
        },
        "Last": {"Type": "Succeed"},
        "Sorry": {"Type": "Fail"},
    }
    assert transitions(json.dumps({"StartAt": "Start", "States": states})) == 4
    assert transitions(json.dumps({"StartAt": "Sorry", "States": states})) == len(states)
    assert transitions("${file}") == 0


@pytest.mark.parametrize("file", KEPT, ids=lambda file: file.name.removesuffix(".template.json"))
def test_all_that_the_patterns_make_is_known(assembly, file):
    (stack,) = read_stacks(assembly.stack("Kept", json.loads(file.read_text())))
    assert [*unknown(stack)] == []
    assert [row.what for row in idle_of(stack) if row.usd is None] == []
    assert {*by_use(stack)} <= BY_USE.keys()


@pytest.mark.parametrize(("scenario", "entered"), [("schedule", 7), ("fan_out", 8)])
def test_a_run_of_a_processor_enters_as_many_states_as_its_page_has(scenario, entered):
    (file,) = (each for each in KEPT if each.name == f"ecs_task_processor.{scenario}.template.json")
    resources = json.loads(file.read_text())["Resources"].values()
    (machine,) = (one for one in resources if one["Type"] == "AWS::StepFunctions::StateMachine")
    assert transitions(machine["Properties"]["DefinitionString"]) == entered
    page = (Path(__file__).parents[2] / "docs/patterns/ecs-task-processor.md").read_text()
    assert {7: "seven state transitions", 8: "eight for an item that succeeds at once"}[entered] in page


def test_another_region_is_named(assembly):
    directory = assembly.stack("Shop", TEMPLATE, environment="aws://111122223333/eu-central-1")
    assert f"no prices of eu-central-1 were looked up: these are of {REGION}" in run("cost", directory).stderr


def test_the_prices_alone_need_no_app(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["cost", "--prices", "--json"])
    assert result.exit_code == 0
    assert len(json.loads(result.stdout)["prices"]["rows"]) == len(PRICES) + len(BY_USE)
    assert "Fargate" in CliRunner().invoke(app, ["cost", "--prices"]).stdout
    assert CliRunner().invoke(app, ["cost"]).exit_code == 6


def test_an_app_without_a_pattern(assembly):
    directory = assembly.stack("Empty", {"Resources": {}})
    for command in ("cost", "diagram"):
        result = run(command, directory, "--json")
        assert (result.exit_code, json.loads(result.stdout)["error"]["title"]) == (6, "The app has no pattern.")


@pytest.mark.parametrize("price", [*PRICES.values(), *BY_USE.values()], ids=[*PRICES, *BY_USE])
def test_each_price_has_a_source_or_is_not_there(price):
    assert (price.usd is None) == (price.sources == ())
    for source in price.sources:
        assert source.url.startswith("https://")
        assert re.fullmatch(r"|20\d\d(-\d\d(-\d\d)?)?", source.dated)


def test_advice_at_synthesis_has_the_same_prices():
    assert PRICES["rds-postgres-db.t4g.micro"].usd == data_database._HOURLY
    assert PRICES["rds-storage"].usd == data_database._GIB_MONTH
    assert pytest.approx(new_vpc._GATEWAY) == (PRICES["nat"].usd or 0) + (PRICES["ipv4"].usd or 0)
    assert f"{BY_USE['nat-gb'].usd} USD" in new_vpc.chosen_network.why


QUEUE_POLLS = 15 * 60 * HOURS * 0.0000004


@pytest.mark.parametrize(
    ("resource", "polled"),
    [
        ({"Type": "AWS::Lambda::EventSourceMapping", "Properties": {"EventSourceArn": {"Fn::ImportValue": "x"}}}, True),
        ({"Type": "AWS::Pipes::Pipe", "Properties": {"Source": "arn:aws:sqs:us-east-1:111122223333:given"}}, True),
        ({"Type": "AWS::Lambda::EventSourceMapping", "Properties": {"StartingPosition": "LATEST"}}, False),
        (
            {
                "Type": "AWS::Pipes::Pipe",
                "Properties": {"SourceParameters": {"KinesisStreamParameters": {"StartingPosition": "LATEST"}}},
            },
            False,
        ),
    ],
)
def test_an_empty_queue_is_polled_whosever_it_is(assembly, resource, polled):
    rows = idle(assembly, {"Poller": resource})
    found = [usd for what, (_, usd) in rows.items() if what.startswith("queue that")]
    assert found == ([pytest.approx(QUEUE_POLLS)] if polled else [])


def test_a_given_queue_starts_a_run_as_an_own_one_does(assembly):
    """One of another stack is nowhere in the template: what polls it is."""
    machine = {**TEMPLATE["Resources"]["Machine"], "Metadata": {"naws:runs": {**RUNS, "queues": [], "schedules": []}}}
    pipe = {"Type": "AWS::Pipes::Pipe", "Properties": {"Source": {"Fn::ImportValue": "Given"}}}
    directory = assembly.stack("Shop", {"Resources": {"Machine": machine, "Pipe": pipe}}, metadata=paths("Pipe"))
    (job,) = json.loads(run("cost", directory, "--json").stdout)["patterns"]
    assert {"SQS, request": 3, "EventBridge Pipes, request": 1}.items() <= {
        row["what"]: row["count"] for row in job["perRun"]
    }.items()
