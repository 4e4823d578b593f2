"""A sample pattern keeps the contract; each way of breaking it is found by the test that is for it."""

import importlib
import inspect
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import aws_kms as kms

from naws.cli.errors import CliError
from naws.testing import PatternContract
from naws.testing.options import Option, Options
from naws.testing.permissions import repeated_names

INIT = """
from {name}.construct import SampleProps, SampleQueue

__all__ = ["SampleProps", "SampleQueue"]
"""

CONSTRUCT = '''
import dataclasses
import itertools
import json

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from naws.core.pattern.calls import Call, called_with_props
from naws.core.spelling import suggesting

COUNT = itertools.count()
KEPT = cdk.RemovalPolicy.RETAIN


class Refused(ValueError):
    def __init__(self, issues):
        super().__init__(f"{len(issues)} issue(s)")
        self.issues = issues


@suggesting
@dataclasses.dataclass(frozen=True, kw_only=True)
class SampleProps:
    label: str
    """What the queue is for."""
    visibility_seconds: int | None = None
    """Seconds a message stays hidden; 30 when omitted."""
    key: kms.IKey | None = None
    """Encrypts the messages; SQS does when omitted."""


class SampleQueue(Construct):
    def __init__(self, scope, construct_id, props):
        if not cdk.Token.is_unresolved(props.label) and not props.label:
            raise Refused(["label is empty"])
        super().__init__(scope, construct_id)
        dead = sqs.Queue(self, "Dead", enforce_ssl=True, encryption=sqs.QueueEncryption.SQS_MANAGED)
        sqs.Queue(
            self,
            "Queue",
            enforce_ssl=True,
            encryption=None if props.key else sqs.QueueEncryption.SQS_MANAGED,
            encryption_master_key=props.key,
            visibility_timeout=props.visibility_seconds and cdk.Duration.seconds(props.visibility_seconds),
            dead_letter_queue=sqs.DeadLetterQueue(max_receive_count=3, queue=dead),
        )
        cdk.Tags.of(self).add("label", props.label)


SampleQueue.__init__ = called_with_props(SampleQueue.__init__, Call(name="SampleQueue", props=SampleProps))
'''

BAD_QUEUE = 'cdk.CfnResource(self, "Bad", type="AWS::SQS::Queue", properties={"No": 1})'
ALL_FIRST = '"Catch": [{"ErrorEquals": ["States.ALL", "States.Timeout"], "Next": "End"}]'
WAIT = f'{{"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", {ALL_FIRST}, "Next": "End"}}'
BAD_POOL = 'cdk.CfnResource(self, "Bad", type="AWS::Cognito::UserPool", properties={"DeletionProtection": "ACTIVE"})'
BAD_STATES = f'{{"Wait": {WAIT}, "End": {{"Type": "Succeed"}}}}'
BAD_WORKFLOW = (
    'cdk.CfnResource(self, "Bad", type="AWS::StepFunctions::StateMachine", properties='
    f'{{"DefinitionString": json.dumps({{"StartAt": "Wait", "States": {BAD_STATES}}}), '
    '"RoleArn": "arn:aws:iam::123456789012:role/r"})'
)
A_FLAG = 'cdk.FeatureFlags.of(self).is_enabled("@aws-cdk/aws-iam:minimizePolicies")'
LOOK_UP = 'cdk.ContextProvider.get_value(self, provider="ssm", props={"account": "1", "region": "r"}, dummy_value="x")'
BODY = "        super().__init__(scope, construct_id)\n"
A_ROLE = """
        if props.key:
            role = iam.Role(self, "Role", assumed_by=iam.AccountRootPrincipal())
            role.add_to_policy(iam.PolicyStatement(actions=["sqs:ListQueues"], resources=["*"]))
"""
DEPLOYED = {
    "another queue at each deployment": ('"Dead"', 'f"Dead{next(COUNT)}"'),
    "a name that what is left behind has": ('"Dead",', '"Dead", queue_name="a-dead", removal_policy=KEPT,'),
}
BREACHES = {
    "every_permission": ("construct", BODY, f"{BODY}{A_ROLE}"),
    "minimal_synthesises": ("construct", BODY, f"{BODY}        {LOOK_UP}\n"),
    "production_synthesises": ("construct", BODY, f"{BODY}        assert not props.key\n"),
    "same_props": ("construct", '"Dead"', 'f"Dead{next(COUNT)}"'),
    "a_field_that": ("construct", "@suggesting\n", ""),
    "two_in_one_stack": ("construct", '(self, "Dead"', '(scope, "Dead"'),
    "a_further_one": ("construct", BODY, f"{BODY}        [each.node.path for each in scope.node.children]\n"),
    "inside_a_stage": ("construct", '"Dead"', '"Dead" + scope.node.path.replace("/", "")'),
    "two_regions": ("construct", '"Dead"', 'f"Dead{cdk.Stack.of(scope).region}"'),
    "two_regions in a template": ("construct", '"label", props.label', '"label", "at ap-southeast-2"'),
    "inside_a_cdk_pipeline": ("construct", BODY, f'{BODY}        assert "Production" not in scope.node.path\n'),
    "invalid_props": ("construct", '["label is empty"]', "[]"),
    "invalid_props in the tree": ("construct", "        if not cdk.Token", f"{BODY}        if not cdk.Token"),
    "props_by_name": ("construct", "SampleQueue.__init__ = called", "called"),
    "tokens": ("construct", "not cdk.Token.is_unresolved(props.label) and not props.label", '"$" in props.label'),
    "frozen": ("construct", "frozen=True, ", ""),
    "frozen by keyword": ("construct", ", kw_only=True", ""),
    "described": ("construct", '    """What the queue is for."""\n', ""),
    "public_names": ("__init__", '"SampleProps", "SampleQueue"]', '"SampleQueue", "SampleProps"]'),
    "public_names left out": ("__init__", '["SampleProps", "SampleQueue"]', '["SampleQueue"]'),
    "types": ("py.typed", "", ""),
    "import": ("__init__", "\n__all__", "\nopen('trace', 'w').close()\n__all__"),
    "import that prints": ("__init__", "\n__all__", "\nprint('hello')\n__all__"),
    "logical_ids_hold": ("construct", '"Dead"', f'"Dead" if {A_FLAG} else "Letters"'),
    "cfn_lint": ("construct", "cdk.Tags.of(self)", f"{BAD_QUEUE}\n        cdk.Tags.of(self)"),
    "default_rules": ("construct", "cdk.Tags.of(self)", f"{BAD_QUEUE}\n        cdk.Tags.of(self)"),
    "a_first_deployment": ("construct", "cdk.Tags.of(self)", f"{BAD_POOL}\n        cdk.Tags.of(self)"),
    "statelint": ("construct", "cdk.Tags.of(self)", f"{BAD_WORKFLOW}\n        cdk.Tags.of(self)"),
    "nag": ("construct", "enforce_ssl=True", "enforce_ssl=False"),
    "nag without flags": ("construct", "enforce_ssl=True", f"enforce_ssl={A_FLAG} or False"),
}

NUMBERS = itertools.count()
Sample = Callable[..., PatternContract]


@pytest.fixture
def sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sample:
    """Writes the sample pattern with one change; its contract."""

    def changed(where: str = "", old: str = "", new: str = "") -> PatternContract:
        name = f"sample_{next(NUMBERS)}"
        package = tmp_path / name
        package.mkdir()
        for module, source in {"__init__": INIT.format(name=name), "construct": CONSTRUCT}.items():
            assert module != where or old in source
            (package / f"{module}.py").write_text(source.replace(old, new, 1) if module == where else source)
        if where != "py.typed":
            (package / "py.typed").touch()
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.chdir(tmp_path)  # what a breach writes must not land in the checkout
        return contract_of(importlib.import_module(f"{name}.construct"))

    return changed


def contract_of(module: Any) -> PatternContract:
    class SampleContract(PatternContract):
        construct = module.SampleQueue

        def minimal_props(self) -> Any:
            return module.SampleProps(label="orders")

        def production_props(self, scope: Any) -> Any:
            key = kms.Key(scope, "Key", enable_key_rotation=True)
            return module.SampleProps(label="orders", visibility_seconds=60, key=key)

        def invalid_props(self) -> list[Any]:
            return [module.SampleProps(label="")]

        def options(self) -> Options:
            each = {"nothing": Option(lambda _: {})}
            return Options(self.construct, module.SampleProps, lambda _: {"label": "orders"}, each)

    return SampleContract()


def keep(contract: PatternContract, part: str, folder: Path) -> int:
    """Runs the tests whose names hold `part` as pytest would, but for the one that deploys; their number."""
    given = {"tmp_path": [folder], "props": ["minimal", "production"], "flags": ["recommended", "none"]}
    ran = 0
    folder.mkdir(exist_ok=True)
    for name, test in inspect.getmembers(contract, inspect.ismethod):
        names = list(inspect.signature(test).parameters)
        if name.startswith("test_") and part in name and "deploy" not in names:
            for values in itertools.product(*(given[parameter] for parameter in names)):
                test(*values)
                ran += 1
    return ran


def test_a_good_pattern_keeps_the_contract(sample: Sample, tmp_path: Path) -> None:
    assert keep(sample(), "test_", tmp_path / "empty") == 39


@pytest.mark.e2e
def test_a_good_pattern_is_deployed(sample: Sample, deploy: Any, aws: Any, tmp_path: Path) -> None:
    sample().test_is_deployed_updated_and_destroyed(deploy, aws, tmp_path)


@pytest.mark.e2e
@pytest.mark.parametrize("breach", DEPLOYED)
def test_a_breach_is_found_when_it_is_deployed(
    sample: Sample, deploy: Any, aws: Any, tmp_path: Path, breach: str
) -> None:
    contract = sample("construct", *DEPLOYED[breach])
    with pytest.raises((AssertionError, CliError)):
        contract.test_is_deployed_updated_and_destroyed(deploy, aws, tmp_path)


@pytest.mark.parametrize("breach", BREACHES)
def test_a_breach_is_found(sample: Sample, tmp_path: Path, breach: str) -> None:
    contract = sample(*BREACHES[breach])
    part, *_ = breach.split()
    with pytest.raises((AssertionError, RuntimeError, pytest.fail.Exception)):
        keep(contract, part, tmp_path / "empty")


def test_overriding_needs_a_reason() -> None:
    with pytest.raises(TypeError, match="test_two_in_one_stack overrides the contract"):
        type("Silent", (PatternContract,), {"test_two_in_one_stack": lambda _: None})

    class Explained(PatternContract):
        def test_two_in_one_stack(self) -> None:
            """A portal owns its domain, so that there is one in a stack."""

    assert issubclass(Explained, PatternContract)


def test_names_that_a_policy_has_twice_are_found_wherever_the_policy_is() -> None:
    statement = {"Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    twice = {"Statement": [statement, statement, {**statement, "Sid": ""}, {**statement, "Sid": ""}]}
    resources = {
        "Policy": {"Type": "AWS::IAM::Policy", "Properties": {"PolicyDocument": twice}},
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"Policies": [{"PolicyDocument": twice}]}},
        "Good": {"Type": "AWS::IAM::Policy", "Properties": {"PolicyDocument": {"Statement": [statement]}}},
    }
    assert repeated_names({"Resources": resources}) == ["Policy: Read", "Role: Read"]
