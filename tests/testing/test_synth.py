from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs

from naws.testing import (
    FindingsError,
    cdk_app,
    cfn_lint,
    checked_synthesis,
    checkers,
    default_rules,
    nag,
    recommended_context,
    synth_template,
)


def queue_stack(app: cdk.App) -> cdk.Stack:
    stack = cdk.Stack(app, "Queue")
    sqs.Queue(stack, "Queue", enforce_ssl=True)
    return stack


def broken_stack(app: cdk.App) -> cdk.Stack:
    stack = cdk.Stack(app, "Broken")
    cdk.CfnResource(stack, "Bad", type="AWS::SQS::Queue", properties={"VisibilityTimeout": 999_999, "Nope": 1})
    return stack


def test_recommended_flags_are_the_librarys() -> None:
    assert recommended_context()["@aws-cdk/aws-iam:minimizePolicies"] is True


def test_a_stack_and_its_builder_give_the_same_template() -> None:
    assert synth_template(queue_stack(cdk_app())) == synth_template(queue_stack)


def test_a_stack_inside_a_stage() -> None:
    template = synth_template(lambda app: queue_stack(cdk.Stage(app, "Stage")))
    assert template["Resources"].keys() == synth_template(queue_stack)["Resources"].keys()


def test_files_stay_in_the_given_folder(tmp_path: Path) -> None:
    app = cdk_app(tmp_path)
    queue_stack(app)
    app.synth()
    assert (tmp_path / "Queue.template.json").exists()


def test_validated_raises_with_every_finding() -> None:
    assert synth_template(queue_stack, validated=True)["Resources"]
    with pytest.raises(FindingsError) as raised:
        synth_template(broken_stack, validated=True)
    text = str(raised.value)
    assert "F3002 at Broken/Bad Properties.Nope: Nope: Additional properties are not allowed" in text
    assert "F3034 at Broken/Bad Properties.VisibilityTimeout: VisibilityTimeout: 999999" in text


def test_validated_needs_a_builder() -> None:
    with pytest.raises(ValueError, match="needs a builder"):
        synth_template(queue_stack(cdk_app()), validated=True)


def test_errors_of_synthesis_itself_are_passed_on() -> None:
    def build(app: cdk.App) -> cdk.Stack:
        stack = queue_stack(app)
        cdk.Annotations.of(stack).add_error("no good")
        cdk.CfnOutput(stack, "Same", value="x").override_logical_id("Taken")
        cdk.CfnOutput(stack, "Other", value="x").override_logical_id("Taken")
        return stack

    with pytest.raises(RuntimeError, match="Taken"):
        nag(build)


def test_default_rules() -> None:
    assert default_rules(queue_stack) == []
    assert {found.rule for found in default_rules(broken_stack)} == {"F3002", "F3034"}


def test_nag_reports_what_is_not_acknowledged() -> None:
    (found,) = nag(queue_stack)
    assert (found.rule, found.path) == ("AwsSolutions-SQS3", "Queue/Queue/Resource")

    def acknowledged(app: cdk.App) -> cdk.Stack:
        stack = queue_stack(app)
        answer = cdk.Acknowledgment(id="AwsSolutions-SQS3", reason="it is one")
        cdk.Validations.of(stack).acknowledge(answer)
        return stack

    assert nag(acknowledged) == []


def test_nag_knows_only_the_runtimes_of_the_cdk() -> None:
    def build(runtime: str) -> Callable[[cdk.App], cdk.Stack]:
        def made(app: cdk.App) -> cdk.Stack:
            stack = cdk.Stack(app, "Small")
            code = lambda_.CfnFunction.CodeProperty(zip_file="x")
            role = "arn:aws:iam::111122223333:role/small"
            lambda_.CfnFunction(stack, "Function", runtime=runtime, role=role, code=code, handler="index.handler")
            return stack

        return made

    lambda_.Runtime("python3.99")
    assert nag(build(lambda_.Runtime.PYTHON_3_14.name)) == []
    assert [each.rule for each in nag(build("python3.12"))] == ["AwsSolutions-L1"]


def test_cfn_lint(small: Mapping[str, Any]) -> None:
    assert cfn_lint(small) == []
    found = cfn_lint(synth_template(broken_stack))
    assert {finding.path for finding in found} == {
        "Resources/Bad/Properties/Nope",
        "Resources/Bad/Properties/VisibilityTimeout",
    }


def test_cfn_lint_reads_its_rules_once_and_carries_nothing_from_one_template_into_the_next(
    small: Mapping[str, Any],
) -> None:
    broken = synth_template(broken_stack)
    checkers._linter.cache_clear()
    found = [cfn_lint(each) for each in (broken, small, broken)]
    assert checkers._linter.cache_info().misses == 1
    assert found[0] == found[2] != found[1] == []


def allowing(action: str, resource: Any) -> dict[str, Any]:
    """A template with a queue and a role that may do one thing."""
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    may = {"Effect": "Allow", "Action": action, "Resource": resource}
    policy = {"PolicyName": "may", "PolicyDocument": {"Version": "2012-10-17", "Statement": [may]}}
    properties = {
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
        "Policies": [policy],
    }
    return {
        "Resources": {
            "Queue": {"Type": "AWS::SQS::Queue"},
            "Bucket": {"Type": "AWS::S3::Bucket"},
            "Role": {"Type": "AWS::IAM::Role", "Properties": properties},
        }
    }


OBJECTS = {"Fn::Join": ["", [{"Fn::GetAtt": ["Bucket", "Arn"]}, "/*"]]}
STATEMENT = "Resources/Role/Properties/Policies/0/PolicyDocument/Statement/0"


@pytest.mark.parametrize("resource", [OBJECTS, "arn:aws:s3:::reports/*"])
def test_cfn_lint_knows_the_actions_of_a_service(resource: Any) -> None:
    assert cfn_lint(allowing("s3:GetObject", resource)) == []
    (found,) = cfn_lint(allowing("s3:GetObjekt", resource))
    assert (found.rule, found.path) == ("W3037", f"{STATEMENT}/Action")


@pytest.mark.parametrize(
    "resource",
    ["arn:aws:sqs:us-east-1:123456789012:orders", {"Fn::GetAtt": ["Queue", "Arn"]}],
    ids=["arn", "reference"],
)
def test_cfn_lint_knows_what_an_action_is_done_to(resource: Any) -> None:
    assert cfn_lint(allowing("sqs:SendMessage", resource)) == []
    (found,) = cfn_lint(allowing("s3:GetObject", resource))
    assert (found.rule, found.path) == ("I3510", f"{STATEMENT}/Resource")


def test_cfn_lint_passes_over_what_only_cloudformation_resolves() -> None:
    imported = {"Fn::ImportValue": "QueueArn"}
    assert cfn_lint(allowing("s3:GetObject", imported)) == []


def test_without_flags_an_app_is_an_old_one() -> None:
    flag = "@aws-cdk/aws-iam:minimizePolicies"
    enabled = [cdk.FeatureFlags.of(cdk_app(recommended_flags=given)).is_enabled(flag) for given in (True, False)]
    assert enabled == [True, False]
    with pytest.raises(ValueError, match="recommended_flags=False needs a builder"):
        synth_template(queue_stack(cdk_app()), recommended_flags=False)


def test_one_synthesis_tells_what_each_checker_tells() -> None:
    def build(app: cdk.App) -> cdk.Stack:
        stack = broken_stack(app)
        sqs.Queue(stack, "Queue", enforce_ssl=True)
        return stack

    together = checked_synthesis(build)
    assert together.template == synth_template(build)
    assert together.nag == nag(build) != []
    assert together.default_rules == default_rules(build) != []
