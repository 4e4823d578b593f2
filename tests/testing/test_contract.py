"""A sample pattern keeps the contract; each way of breaking it is found by the test that is meant to."""

import itertools
import textwrap
from collections.abc import Callable

import pytest

pytest_plugins = "pytester"

INIT = """
from {name}.construct import SampleProps, SampleQueue

__all__ = ["SampleProps", "SampleQueue"]
"""

CONSTRUCT = '''
import dataclasses

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs
from constructs import Construct


class Refused(ValueError):
    def __init__(self, issues):
        super().__init__(f"{len(issues)} issue(s)")
        self.issues = issues


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
'''

TEST = """
from aws_cdk import aws_kms as kms
from naws.testing import PatternContract
from {name} import SampleProps, SampleQueue

class TestSample(PatternContract):
    construct = SampleQueue

    def minimal_props(self):
        return SampleProps(label="orders")

    def production_props(self, scope):
        return SampleProps(label="orders", visibility_seconds=60, key=kms.Key(scope, "Key", enable_key_rotation=True))

    def invalid_props(self):
        return [SampleProps(label="")]
"""

BREAKAGES = {
    "minimal_synthesises": (
        "construct",
        'super().__init__(scope, construct_id)\n',
        'super().__init__(scope, construct_id)\n        cdk.Stack.of(self).availability_zones\n        '
        'cdk.ContextProvider.get_value(self, provider="ssm", props={"parameterName": "p", "account": "1", '
        '"region": "r"}, dummy_value="x")\n',
    ),
    "same_props": ("construct", '"Dead"', 'f"Dead{next(COUNT)}"'),
    "two_in_one_stack": ("construct", "(self, \"Dead\"", '(scope, "Dead"'),
    "inside_a_stage": ("construct", '"Dead"', '"Dead" + scope.node.path.replace("/", "")'),
    "inside_a_cdk_pipeline": ("construct", '"Dead"', '"Dead" + str(cdk.App.of(self).account)'),
    "invalid_props": ("construct", '["label is empty"]', "[]"),
    "invalid_props ": ("construct", "        super().__init__(scope, construct_id)\n", ""),
    "tokens": ("construct", "not cdk.Token.is_unresolved(props.label) and not props.label", '"$" in props.label'),
    "frozen": ("construct", "frozen=True, ", ""),
    "frozen ": ("construct", ", kw_only=True", ""),
    "described": ("construct", '    """What the queue is for."""\n', ""),
    "public_names": ("__init__", '"SampleProps", "SampleQueue"]', '"SampleQueue", "SampleProps"]'),
    "public_names ": ("__init__", '["SampleProps", "SampleQueue"]', '["SampleQueue"]'),
    "types": ("py.typed", None, None),
    "import": ("__init__", "\n__all__", "\nopen('trace', 'w').close()\n__all__"),
    "import ": ("__init__", "\n__all__", "\nprint('hello')\n__all__"),
    "cfn_lint": ("construct", "cdk.Tags.of(self)", 'cdk.CfnResource(self, "Bad", type="AWS::SQS::Queue", properties={"No": 1})\n        cdk.Tags.of(self)'),
    "default_rules": ("construct", "cdk.Tags.of(self)", 'cdk.CfnResource(self, "Bad", type="AWS::SQS::Queue", properties={"No": 1})\n        cdk.Tags.of(self)'),
    "nag": ("construct", "enforce_ssl=True", "enforce_ssl=False"),
}  # fmt: skip

Run = Callable[..., pytest.HookRecorder]
NUMBERS = itertools.count()


@pytest.fixture
def run(pytester: pytest.Pytester) -> Run:
    """Writes the sample, with one change, and runs its contract."""

    def with_change(
        where: str = "", old: str | None = None, new: str | None = None, *options: str
    ) -> pytest.HookRecorder:
        name = f"sample_{next(NUMBERS)}"
        sources = {
            "__init__": INIT.format(name=name),
            "construct": "import itertools\nCOUNT = itertools.count()\n" + CONSTRUCT,
        }
        if old is not None:
            assert old in sources[where]
            sources[where] = sources[where].replace(old, new or "", 1)
        package = pytester.mkpydir(name)
        for module, source in sources.items():
            (package / f"{module}.py").write_text(source)
        if where != "py.typed":
            (package / "py.typed").touch()
        pytester.syspathinsert()
        pytester.makepyfile(**{f"test_{name}": textwrap.dedent(TEST.format(name=name))})
        return pytester.inline_run("-p", "no:cacheprovider", *options)

    return with_change


def test_a_good_pattern_keeps_the_contract(run: Run) -> None:
    passed, skipped, failed = run().listoutcomes()
    assert [report.nodeid for report in failed] == []
    assert skipped == []
    assert len(passed) == 19


@pytest.mark.parametrize("part", BREAKAGES)
def test_a_breach_is_found(run: Run, part: str) -> None:
    _, _, failed = run(*BREAKAGES[part], "-k", part.strip()).listoutcomes()
    assert failed


def test_overriding_needs_a_reason(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest
        from naws.testing import PatternContract

        def test_override():
            with pytest.raises(TypeError, match="test_two_in_one_stack overrides the contract"):
                type("Silent", (PatternContract,), {"test_two_in_one_stack": lambda self: None})

            class Explained(PatternContract):
                def test_two_in_one_stack(self):
                    '''A portal owns its domain, so that there is one in a stack.'''
        """
    )
    pytester.inline_run().assertoutcome(passed=1)
