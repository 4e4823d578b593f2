"""A stage in a pipeline that was there before: what is added, and nothing else."""

import json
import re
import subprocess
import sys

import aws_cdk as cdk
import pytest
from aws_cdk import aws_codepipeline as codepipeline
from aws_cdk import aws_sqs as sqs
from aws_cdk import pipelines

from naws.core import add_service
from naws.testing import cdk_app
from naws.testing.synth import template_of

ENV = cdk.Environment(account="222222222222", region="eu-west-1")
LOOKUP = {"StringEquals": {"iam:ResourceTag/aws-cdk:bootstrap-role": "lookup"}}


class Bench:
    def __init__(self, *, with_source=True):
        self.app = cdk_app()
        stack = cdk.Stack(self.app, "Pipeline", env=cdk.Environment(account="111111111111", region="eu-west-1"))
        arn = "arn:aws:codeconnections:eu-west-1:111111111111:connection/1"
        source = pipelines.CodePipelineSource.connection("shop/sales", "main", connection_arn=arn)
        first = pipelines.ShellStep("First", input=source, commands=["make"], primary_output_directory="out")
        synth = pipelines.ShellStep("Synth", input=source if with_source else first, commands=["cdk synth"])
        self.stack = stack
        self.pipeline = pipelines.CodePipeline(stack, "Pipeline", synth=synth, cross_account_keys=True)

    def stage(self, name="Prod"):
        stage = cdk.Stage(self.app, name, env=ENV)
        data, reports = cdk.Stack(stage, "Data"), cdk.Stack(stage, "Reports")
        queue = sqs.Queue(data, "Queue")
        cdk.CfnOutput(reports, "Arn", value=queue.queue_arn)
        sqs.Queue(reports, "Queue")
        sqs.Queue(cdk.NestedStack(reports, "Nested"), "Queue")
        return stage

    def template(self):
        self.app.synth()
        return template_of(self.stack)

    def actions(self, stage="Prod"):
        of_type = (one for one in self.template()["Resources"].values() if one["Type"] == "AWS::CodePipeline::Pipeline")
        stages = {one["Name"]: one["Actions"] for one in next(of_type)["Properties"]["Stages"]}
        return [one["Name"] for one in sorted(stages[stage], key=lambda one: one["RunOrder"])]

    def specs(self):
        """The build specification of each CodeBuild project that runs `naws`."""
        projects = [one for one in self.template()["Resources"].values() if one["Type"] == "AWS::CodeBuild::Project"]
        specs = [json.loads(one["Properties"]["Source"]["BuildSpec"]) for one in projects]
        return [spec["phases"] for spec in specs if "naws " in json.dumps(spec)]


@pytest.fixture
def bench():
    return Bench()


GUARDED = ["Data.Prepare", "Data.Guard", "Data.Deploy", "Reports.Prepare", "Reports.Guard", "Reports.Deploy"]


def test_each_stack_is_judged_between_preparation_and_deployment(bench):
    deployment = add_service(bench.pipeline, bench.stage())
    assert isinstance(deployment, pipelines.StageDeployment)
    assert bench.actions() == [*GUARDED, "Verify"]


def test_what_is_not_wanted_is_not_added(bench):
    add_service(bench.pipeline, bench.stage(), guard=False, verify=False, approve=True)
    assert bench.actions() == ["Approve", *(name for name in GUARDED if not name.endswith("Guard"))]
    assert bench.specs() == []


def test_more_steps_may_be_added(bench):
    deployment = add_service(bench.pipeline, bench.stage(), verify=False)
    deployment.add_post(pipelines.ManualApprovalStep("Look"))
    assert bench.actions()[-1] == "Look"


def test_the_commands(bench):
    add_service(bench.pipeline, bench.stage(), install=["pip install ours"])
    phases = bench.specs()
    asked = [phase["build"]["commands"] for phase in phases]
    where = "--app naws-assembly --lookup-role"
    assert asked == [
        [f"naws guard Prod/Data --change-set PipelineChange {where}"],
        [f"naws guard Prod/Reports --change-set PipelineChange {where}"],
        [f"naws verify Prod/Data Prod/Reports --wait 300 {where}"],
    ]
    for phase in phases:
        link, install = phase["install"]["commands"]
        assert link.endswith('ln -s -- "$CODEBUILD_SRC_DIR_Synth_Output" "naws-assembly"')
        assert install == "pip install ours"


def test_by_default_the_command_comes_from_the_repositorys_wheels(bench):
    add_service(bench.pipeline, bench.stage())
    line = "python3 -m pip install dist/naws_core-*.whl dist/naws_cli-*.whl"
    assert {phase["install"]["commands"][-1] for phase in bench.specs()} == {line}


def test_they_may_assume_the_lookup_role_and_no_other(bench):
    add_service(bench.pipeline, bench.stage())
    policies = {name: one for name, one in bench.template()["Resources"].items() if one["Type"] == "AWS::IAM::Policy"}
    ours = [one for name, one in policies.items() if "Guard" in name or "Verify" in name]
    assert len(ours) == 3
    for policy in ours:
        statements = policy["Properties"]["PolicyDocument"]["Statement"]
        (assumed,) = [one for one in statements if one["Action"] == "sts:AssumeRole"]
        assert assumed == {"Action": "sts:AssumeRole", "Condition": LOOKUP, "Effect": "Allow", "Resource": "*"}


def test_a_synth_step_that_begins_with_what_another_made():
    bench = Bench(with_source=False)
    add_service(bench.pipeline, bench.stage())
    assert bench.actions() == [*GUARDED, "Verify"]


def test_the_rest_of_the_pipeline_stays_what_it_was(bench):
    def others(template):
        return {name: one for name, one in template["Resources"].items() if "Prod" not in name}

    plain = Bench()
    plain.pipeline.add_stage(plain.stage())
    add_service(bench.pipeline, bench.stage())
    expected, found = others(plain.template()), others(bench.template())
    assert found.keys() == expected.keys()
    differing = {found[name]["Type"] for name in found if found[name] != expected[name]}
    assert differing == {"AWS::CodePipeline::Pipeline", "AWS::IAM::Policy"}


def test_importing_core_loads_no_pipelines():
    code = "import sys, naws.core, naws.core.stateful; sys.exit('aws_cdk.pipelines' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        ({"install": "pip install naws"}, "install is a list of commands: install=['pip install naws']"),
        ({"install": ["pip install naws", 3]}, "install=['pip install dist/*.whl']"),
        ({"install": None}, "install=['pip install dist/*.whl']"),
        ({"approve": "Approve"}, "approve=True or approve=False"),
        ({"guard": None}, "guard=True or guard=False"),
        ({"verify": 1}, "verify=True or verify=False"),
    ],
)
def test_an_argument_of_another_type_is_answered_with_the_line(bench, wrong, line):
    with pytest.raises(TypeError, match=re.escape(line)):
        add_service(bench.pipeline, bench.stage(), **wrong)
    assert "Prod" not in json.dumps(bench.template())


def test_a_pipeline_and_a_stage_of_another_kind_are_named_together(bench):
    of_actions = codepipeline.Pipeline(bench.stack, "Other", cross_account_keys=True)
    with pytest.raises(TypeError, match=r"pipeline is a CodePipeline of aws_cdk.pipelines.*; stage is a cdk.Stage"):
        add_service(of_actions, cdk.Stack(bench.app, "Data"))
