"""The three ways into an account: synthesised without credentials, their commands run on the embedded AWS."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from naws.cli.aws import Aws
from naws.cli.destinations import Target
from naws.cli.embedded import EmbeddedAws

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "examples/pipelines"
TOOLS = Path(sys.executable).parent
STAGES = {"Dev": "222222222222", "Prod": "333333333333"}
APP = """
import os
import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb, aws_sqs as sqs
app = cdk.App()
stage = cdk.Stage(app, "Dev")
data, reports = cdk.Stack(stage, "Data"), cdk.Stack(stage, "Reports")
key = dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING)
orders = dynamodb.Table(data, "Orders", partition_key=key, table_name=os.environ["TABLE"])
queue = sqs.Queue(reports, "Queue", visibility_timeout=cdk.Duration.seconds(int(os.environ["SECONDS"])))
cdk.CfnOutput(reports, "OrdersArn", value=orders.table_arn)
app.synth()
"""


@pytest.fixture(scope="module")
def assembly(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pipelines")
    variables = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    variables |= {"CDK_OUTDIR": str(folder), "AWS_EC2_METADATA_DISABLED": "true"}
    variables["PATH"] = os.pathsep.join([str(TOOLS), os.environ["PATH"]])
    subprocess.run([sys.executable, str(EXAMPLES / "app.py")], env=variables, check=True, capture_output=True)
    return folder


@pytest.mark.exhaustive
def test_it_is_synthesised_without_credentials(assembly):
    assert "missing" not in json.loads((assembly / "manifest.json").read_text())
    template = json.loads((assembly / "Pipeline.template.json").read_text())
    (pipeline,) = [one for one in template["Resources"].values() if one["Type"] == "AWS::CodePipeline::Pipeline"]
    actions = {one["Name"]: one["Actions"] for one in pipeline["Properties"]["Stages"]}
    for stage in STAGES:
        ordered = {one["Name"]: one["RunOrder"] for one in actions[stage]}
        for stack in ("Data", "Reports"):
            prepared, judged, deployed = (ordered[f"{stack}.{step}"] for step in ("Prepare", "Guard", "Deploy"))
            assert ordered.get("Approve", 0) < prepared < judged < deployed < ordered["Verify"]
    assert [stage for stage in STAGES if "Approve" in json.dumps(actions[stage])] == ["Prod"]


@pytest.mark.exhaustive
@pytest.mark.parametrize("stage", STAGES)
def test_each_stage_is_in_an_account_of_its_own(assembly, stage):
    manifest = json.loads((assembly / f"assembly-{stage}/manifest.json").read_text())
    assert "missing" not in manifest
    stacks = [one for one in manifest["artifacts"].values() if one["type"] == "aws:cloudformation:stack"]
    assert {one["environment"] for one in stacks} == {f"aws://{STAGES[stage]}/eu-west-1"}
    assert sorted(one["properties"]["stackName"] for one in stacks) == [f"{stage}-Data", f"{stage}-Reports"]


def runs(steps):
    return [line for step in steps for line in step.get("run", "").splitlines()]


@pytest.mark.exhaustive
def test_all_three_run_the_same_commands(assembly):
    jobs = yaml.safe_load((EXAMPLES / "github-actions.yml").read_text())["jobs"]
    spec = yaml.safe_load((EXAMPLES / "buildspec.yml").read_text())["phases"]
    deploy = 'sh deploy.sh "$STAGE" "$STAGE/Data" "$STAGE/Reports"'
    assert jobs["prod"]["steps"] == jobs["dev"]["steps"]
    assert (runs(jobs["dev"]["steps"])[-1], spec["build"]["commands"][-1]) == (deploy, deploy)
    pipeline = (assembly / "Pipeline.template.json").read_text()
    script = (EXAMPLES / "deploy.sh").read_text()
    for command in ("naws guard", "naws verify"):
        assert command in pipeline
        assert command in script


@pytest.mark.exhaustive
def test_the_three_have_the_same_tools(assembly):
    spec = yaml.safe_load((EXAMPLES / "buildspec.yml").read_text())["phases"]["install"]["runtime-versions"]
    template = json.loads((assembly / "Pipeline.template.json").read_text())["Resources"].values()
    projects = [
        one["Properties"]["Source"]["BuildSpec"] for one in template if one["Type"] == "AWS::CodeBuild::Project"
    ]
    assert len(projects) > 4
    assert [json.loads(one)["phases"]["install"]["runtime-versions"] for one in projects] == [spec] * len(projects)
    (pipeline,) = [one["Properties"] for one in template if one["Type"] == "AWS::CodePipeline::Pipeline"]
    assert pipeline["PipelineType"] == "V2"


def test_the_workflow_may_do_no_more_than_it_has_to():
    text = (EXAMPLES / "github-actions.yml").read_text()
    jobs = yaml.safe_load(text)["jobs"]
    assert jobs["synth"]["permissions"] == {"contents": "read"}
    assert [jobs[name]["permissions"] for name in ("dev", "prod")] == [{"contents": "read", "id-token": "write"}] * 2
    used = [line.partition("uses: ")[2] for line in text.splitlines() if "uses: " in line]
    assert [one for one in used if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40}  # v\d+\.\d+\.\d+", one)] == []


def test_an_assembly_keeps_its_permissions_on_the_way(tmp_path):
    jobs = yaml.safe_load((EXAMPLES / "github-actions.yml").read_text())["jobs"]
    (pack,) = [line for line in runs(jobs["synth"]["steps"]) if line.startswith("tar ")]
    (unpack,) = [line for line in runs(jobs["dev"]["steps"]) if line.startswith("tar ")]
    (uploaded,) = [one["with"]["path"] for one in jobs["synth"]["steps"] if "upload" in one.get("uses", "")]
    here, there = tmp_path / "here", tmp_path / "there"
    (here / "cdk.out/asset.1").mkdir(parents=True)
    there.mkdir()
    (here / "cdk.out/asset.1/run.sh").touch(0o755)
    (here / "cdk.out/.hidden").touch()
    subprocess.run(pack, shell=True, cwd=here, check=True)
    shutil.copy(here / uploaded, there)
    subprocess.run(unpack, shell=True, cwd=there, check=True)
    assert (there / "cdk.out/asset.1/run.sh").stat().st_mode & 0o777 == 0o755
    assert (there / "cdk.out/.hidden").exists()


def test_the_flags_are_those_of_the_cdk_command():
    path = {**os.environ, "PATH": os.pathsep.join([str(TOOLS), os.environ["PATH"]])}
    shown = subprocess.run(
        [str(TOOLS / "cdk"), "deploy", "--help"], env=path, capture_output=True, text=True, check=True
    )
    flags = set(re.findall(r"--[a-z-]+", (EXAMPLES / "deploy.sh").read_text().split("naws guard")[0]))
    assert {flag for flag in flags if flag not in shown.stdout} == set()
    assert "prepare-change-set" in shown.stdout


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """An embedded AWS of its own: `cdk bootstrap` makes what other tests have made, and AWS refuses it then."""
    with EmbeddedAws.start(tmp_path_factory.mktemp("bare"), engine="process") as running:
        yield running


@pytest.fixture
def shell(bare, tmp_path):
    """Runs what a pipeline would run, in a folder with a small app."""
    (tmp_path / "app.py").write_text(APP)
    shutil.copy(EXAMPLES / "deploy.sh", tmp_path)
    variables = {**os.environ, **bare.environment(), "CDK_DISABLE_CLI_TELEMETRY": "true", "NO_PROXY": "127.0.0.1"}
    variables |= {"PATH": os.pathsep.join([str(TOOLS), os.environ["PATH"]]), "CDK_HOME": str(tmp_path / "home")}

    def run(*command, **more):
        return subprocess.run(
            command, cwd=tmp_path, env={**variables, **more}, capture_output=True, text=True, check=False
        )

    return run


@pytest.mark.e2e
def test_the_script_deploys_changes_and_stops(shell, bare):
    aws = Aws(bare.endpoint_url, Target(bare.account_id, bare.region))

    def deploy(table, seconds):
        made = shell("cdk", "synth", "--quiet", "--app", f"{sys.executable} app.py", TABLE=table, SECONDS=seconds)
        assert made.returncode == 0, made.stderr
        return shell("sh", "deploy.sh", "Dev", "Dev/Data", "Dev/Reports")

    assert shell("cdk", "bootstrap", "aws://000000000000/us-east-1").returncode == 0
    for seconds in ("30", "30", "60"):  # made, not changed, changed
        result = deploy("orders", seconds)
        assert result.returncode == 0, result.stdout + result.stderr
        assert "all 4 as declared" in result.stdout
    stopped = deploy("others", "60")
    assert stopped.returncode == 3
    assert "AWS::DynamoDB::Table Dev/Data/Orders would be replaced" in stopped.stdout
    assert "orders" in aws.client("dynamodb").list_tables()["TableNames"]
    assert "others" not in aws.client("dynamodb").list_tables()["TableNames"]
