"""What the contract of templates shows and finds; each scenario is synthesised once."""

from typing import Any, ClassVar

import aws_cdk as cdk
import pytest
from aws_cdk import aws_sqs as sqs

from naws.testing import FindingsError, TemplateContract, scenario_fixtures
from naws.testing.scenarios import synthesised

ALARM = "AWS::CloudWatch::Alarm"


class Contract(TemplateContract):
    tags: ClassVar = {"service": "shop"}
    without_resource: ClassVar = {"xray:PutTraceSegments": "has no resource"}


def template(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Resources": {"One": {"Type": kind, "Properties": properties}}}


@pytest.mark.parametrize(
    ("scenario", "logical_id", "kind", "shown"),
    [
        ("minimal", "Common", "AWS::SQS::Queue", True),
        ("minimal", "NawsVpc1", "AWS::EC2::VPC", False),
        ("several", "Common", "AWS::SQS::Queue", False),
        ("several", "Own", "AWS::SQS::Queue", True),
        ("minimal", "Own", ALARM, True),
        ("production", "Own", ALARM, False),
    ],
)
def test_what_every_stack_has_is_shown_once(scenario: str, logical_id: str, kind: str, *, shown: bool) -> None:
    assert Contract().shows(scenario, logical_id, kind, ["Common"]) is shown


def test_breaches_are_found() -> None:
    contract = Contract()
    with pytest.raises(FindingsError):
        contract.test_nothing_is_of_a_forbidden_type(template("Custom::Thing"))
    with pytest.raises(FindingsError):
        contract.test_everything_is_encrypted_and_logs_end(template("AWS::Logs::LogGroup"))
    with pytest.raises(FindingsError):
        contract.test_conventions_tag_everything(template("AWS::SQS::Queue"))
    allowed = [{"Effect": "Allow", "Action": action, "Resource": "*"} for action in ("xray:PutTraceSegments", "sqs:*")]
    for statement, breaks in zip(allowed, (False, True), strict=True):
        policy = template("AWS::IAM::Policy", PolicyDocument={"Statement": [statement]})
        if breaks:
            with pytest.raises(FindingsError):
                contract.test_roles_may_do_only_what_they_do(policy, "minimal")
        else:
            contract.test_roles_may_do_only_what_they_do(policy, "minimal")


def test_a_scenario_is_synthesised_once() -> None:
    made: list[cdk.App] = []

    def minimal(app: cdk.App) -> cdk.Stack:
        made.append(app)
        stack = cdk.Stack(app, "Small")
        sqs.Queue(stack, "Queue")
        return stack

    assert len(scenario_fixtures({"minimal": minimal})) == 4
    assert synthesised(minimal) is synthesised(minimal)
    synthesised(minimal, recommended_flags=False)
    assert len(made) == 2
