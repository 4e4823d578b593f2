"""What is judged: for each scenario of the tests its template, workflows and policies, as an account would see them."""

import importlib.util
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import aws_cdk as cdk

from naws.testing._policies import as_list, reference_of
from naws.testing._references import resolved
from naws.testing.definitions import physical, workflow_definitions
from naws.testing.synth import recommended_context

TESTS = Path(__file__).parents[1]
Scenario = Callable[[cdk.App], cdk.Stack]

# The account and region that scenarios and made-up ARNs are written with.
_ACCOUNT, _REGION = "123456789012", "us-east-1"


class Place(NamedTuple):
    """Where the judges are."""

    account: str
    region: str
    partition: str = "aws"


class Document(NamedTuple):
    """One policy document of a template; `kind` and `resource_type` as Access Analyzer's ValidatePolicy takes them."""

    name: str
    kind: str
    resource_type: str | None
    content: dict[str, Any]


@dataclass(frozen=True)
class Subject:
    """One scenario as it would be deployed.

    Attributes:
        template: as CloudFormation gets it.
        definitions: of each state machine by logical id, with plausible ARNs for references.
        documents: every policy document, likewise.
        roles: for each role its identity policies, likewise.
    """

    scenario: str
    template: dict[str, Any]
    definitions: dict[str, dict[str, Any]]
    documents: list[Document]
    roles: dict[str, list[dict[str, Any]]]

    @property
    def body(self) -> str:
        """The template in as few bytes as possible."""
        return json.dumps(self.template, separators=(",", ":"))


def scenarios(tests: Path = TESTS) -> dict[str, Scenario]:
    """The scenarios of every pattern: each `SCENARIOS` of a conftest.py, so that a new pattern has nothing to register.

    Each is `<folder>/<name>`: what it is called depends on no other pattern.
    """
    found: dict[str, Scenario] = {}
    for conftest in sorted(tests.glob("*/conftest.py")):
        if "SCENARIOS" in conftest.read_text():
            found |= {f"{conftest.parent.name}/{name}": each for name, each in scenarios_of(conftest).items()}
    return found


def scenarios_of(conftest: Path) -> Mapping[str, Scenario]:
    """The scenarios of one pattern, by the names that it has for them."""
    spec = importlib.util.spec_from_file_location(f"scenarios_of_{conftest.parent.name}", conftest)
    if spec is None or spec.loader is None:
        raise ImportError(f"{conftest} is no Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, "SCENARIOS", {})


def subject(name: str, scenario: Scenario, place: Place) -> Subject:
    """Synthesise a scenario for an account and region.

    The stacks stay without `env`, so that nothing is looked up and CloudFormation itself answers what depends on the
    region, such as `Fn::GetAZs`; what a scenario names literally moves to the account and region of `place`.

    Raises:
        ValueError: the scenario looks something up.
    """
    template = _moved(_synthesised(scenario), place)
    reference = physical(template)

    def concrete(content: Any) -> Any:
        return _moved(resolved(content, reference), place)

    return Subject(
        scenario=name,
        template=template,
        definitions=_moved(workflow_definitions(template), place),
        documents=[one._replace(content=concrete(one.content)) for one in _documents(template)],
        roles={role: concrete(policies) for role, policies in _roles(template).items()},
    )


def _synthesised(scenario: Scenario) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as outdir:
        app = cdk.App(
            outdir=outdir,
            analytics_reporting=False,
            builtin_cloud_formation_validation=False,  # AWS itself is asked instead
            context=recommended_context(),
            # The rule reads a parameter that only an account with CDK's bootstrap has, and no asset is published here.
            default_stack_synthesizer=cdk.DefaultStackSynthesizer(generate_bootstrap_version_rule=False),
        )
        stack = scenario(app)
        assembly = Path(app.synth().directory)
        if "missing" in json.loads((assembly / "manifest.json").read_text()):
            raise ValueError("the scenario looks something up")
        return json.loads((assembly / stack.template_file).read_text())


def _moved(content: Any, place: Place) -> Any:
    text = json.dumps(content).replace(_ACCOUNT, place.account).replace(_REGION, place.region)
    return json.loads(text.replace("arn:aws:", f"arn:{place.partition}:"))


# Where policies of resources stand: resource type, property, and Access Analyzer's own name of the type, if it has one.
_RESOURCE_POLICIES = (
    ("AWS::S3::BucketPolicy", "PolicyDocument", "AWS::S3::Bucket"),
    ("AWS::SQS::QueuePolicy", "PolicyDocument", None),
    ("AWS::SNS::TopicPolicy", "PolicyDocument", None),
    ("AWS::KMS::Key", "KeyPolicy", None),
    ("AWS::DynamoDB::Table", "ResourcePolicy.PolicyDocument", "AWS::DynamoDB::Table"),
    ("AWS::EFS::FileSystem", "FileSystemPolicy", None),
    ("AWS::SecretsManager::ResourcePolicy", "ResourcePolicy", None),
    ("AWS::IAM::Role", "AssumeRolePolicyDocument", "AWS::IAM::AssumeRolePolicyDocument"),
)


def _documents(template: Mapping[str, Any]) -> Iterator[Document]:
    for logical_id, resource in template["Resources"].items():
        properties = resource.get("Properties", {})
        for resource_type, path, validated in _RESOURCE_POLICIES:
            content = _at(properties, path) if resource["Type"] == resource_type else None
            if content is not None:
                yield Document(logical_id, "RESOURCE_POLICY", validated, content)
        for content in _identity(resource):
            yield Document(logical_id, "IDENTITY_POLICY", None, content)


def _at(properties: Any, path: str) -> Any:
    for name in path.split("."):
        properties = properties.get(name) if isinstance(properties, dict) else None
    return properties


def _identity(resource: Mapping[str, Any]) -> list[Any]:
    properties = resource.get("Properties", {})
    if resource["Type"] in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
        return [properties["PolicyDocument"]]
    if resource["Type"] in ("AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group"):
        return [policy["PolicyDocument"] for policy in properties.get("Policies", ())]
    return []


def _roles(template: Mapping[str, Any]) -> dict[str, list[Any]]:
    roles: dict[str, list[Any]] = {}
    for logical_id, resource in template["Resources"].items():
        own = [logical_id] if resource["Type"] == "AWS::IAM::Role" else []
        attached = [reference_of(role) for role in as_list(resource.get("Properties", {}).get("Roles"))]
        for role in own or attached:
            roles.setdefault(role, []).extend(_identity(resource))
    return {role: policies for role, policies in roles.items() if policies}
