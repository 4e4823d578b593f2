"""The contract that every pattern passes: one inherited test class.

    class TestContract(PatternContract):
        construct = OrdersMailer

        def minimal_props(self): ...
        def production_props(self, scope): ...
        def invalid_props(self): ...

A test of the contract may be overridden only with a docstring that says why. That of the table of permissions reads
`options.py` beside the class, see `naws.testing.options`. The one that deploys is marked `e2e` and takes two fixtures:
`deploy` deploys the cloud assembly in a folder, and `aws` has a `client(service)` of where that is. What is marked
`exhaustive` repeats a test without feature flags or with fewer props, and need not run every day.
"""

# ruff: noqa: D102, S101 - these are tests: their names are their docstrings, and they assert
from __future__ import annotations

import dataclasses
import importlib
import inspect
import json
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import aws_cdk as cdk
import pytest
from aws_cdk import pipelines
from constructs import Construct

from naws.testing._inspection import import_traces, scalar_fields, undocumented_fields
from naws.testing._statelint import statelint
from naws.testing.calls import calls_of
from naws.testing.checkers import Synthesis, cfn_lint, checked_synthesis
from naws.testing.deployment import DeployedStack, StackLife
from naws.testing.findings import Finding
from naws.testing.options import Options
from naws.testing.permissions import permissions, repeated_names
from naws.testing.protection import unremovable
from naws.testing.synth import cdk_app, synth_template

_PROPS = ("minimal", "production")
_FLAGS = ("recommended", "none")
_REGIONS = ("eu-central-1", "ap-southeast-2")
_ROLE = re.compile(r"(?:Option\d+Nightly|Pattern|(?=Naws))(\w+)[0-9A-F]{8}")
"""The logical id of a role of the pattern, as an option or in a stack of the contract, or one that patterns share."""
_TRACES: dict[str, list[str]] = {}
"""What importing a package left behind, by its name."""
_CONNECTION = "arn:aws:codestar-connections:us-east-1:123456789012:connection/1"


class PatternContract:
    """The tests that any pattern must pass, whatever it builds."""

    construct: ClassVar[type[Any]]
    """The pattern's construct: called with scope, id and props."""
    refuses_tokens: ClassVar[Mapping[str, str]] = {}
    """Fields of text or number that cannot take a token, with the reason."""

    _syntheses: ClassVar[dict[tuple[str, str], Synthesis]]

    def minimal_props(self) -> Any:
        """The fewest props that build something."""
        raise NotImplementedError

    def production_props(self, scope: Construct) -> Any:
        """Props as a careful team would write them; `scope` holds what they need, a topic or a VPC."""
        raise NotImplementedError

    def updated_props(self, scope: Construct) -> Any:
        """Props to which a deployed minimal one is updated. Omitted: `production_props`, if these can be deployed."""
        return self.production_props(scope)

    def options(self) -> Options:
        """The options that the page's tables show. Omitted: those of `options.py` beside the class."""
        return Options.beside(Path(inspect.getfile(type(self))).parent, self.construct, self._props_type())

    def invalid_props(self) -> Iterable[Any]:
        """Props that must be refused, each with at least one issue."""
        raise NotImplementedError

    def __init_subclass__(cls, **options: Any) -> None:
        """Refuse an overridden test that does not say why."""
        super().__init_subclass__(**options)
        cls._syntheses = {}
        for name, member in vars(cls).items():
            if name.startswith("test_") and hasattr(PatternContract, name) and not inspect.getdoc(member):
                raise TypeError(f"{cls.__name__}.{name} overrides the contract: its docstring must say why")

    def test_minimal_synthesises_without_account_and_region(self) -> None:
        app = cdk_app()
        stack = self._minimal(app)
        assert cdk.Token.is_unresolved(stack.region)
        manifest = json.loads((Path(app.synth().directory) / "manifest.json").read_text())
        assert "missing" not in manifest, "the minimal props look something up"

    def test_production_synthesises(self) -> None:
        assert self._synthesis("production", "recommended").template["Resources"]

    def test_same_props_give_the_same_template(self) -> None:
        assert synth_template(self._minimal) == self._synthesis("minimal", "recommended").template
        assert synth_template(self._production) == self._synthesis("production", "recommended").template

    def test_a_field_that_there_is_not_is_answered_with_one_that_there_is(self) -> None:
        props = self._props_type()
        name = dataclasses.fields(props)[-1].name
        with pytest.raises(TypeError, match=rf"has no field '{name}s': did you mean .*{name}"):
            props(**{f"{name}s": None})
        with pytest.raises(TypeError, match=r"takes .*its fields by name"):
            props(*range(100))

    def test_two_in_one_stack(self) -> None:
        def build(app: cdk.App) -> cdk.Stack:
            stack = self._minimal(app)
            self.construct(stack, "Second", self.minimal_props())
            return stack

        one = self._synthesis("minimal", "recommended").template["Resources"]
        two = synth_template(build)["Resources"]
        assert one.keys() < two.keys(), "a second instance must leave the logical ids of the first alone"

    def test_a_further_one_takes_as_many_calls_into_node_as_the_second(self) -> None:
        stack = cdk.Stack(cdk_app(), "Stack")
        every = [(stack, f"Pattern{number}", self.minimal_props()) for number in range(5)]
        _, second, *more = (calls_of(self.construct, *one) for one in every)
        assert set(more) == {second}, "what is built grows with the stack"

    def test_inside_a_stage(self) -> None:
        alone = self._synthesis("minimal", "recommended").template
        staged = synth_template(lambda app: self._minimal(cdk.Stage(app, "Stage")))
        assert staged["Resources"].keys() == alone["Resources"].keys()

    def test_in_stages_of_two_regions(self) -> None:
        app = cdk_app()
        environments = (cdk.Environment(account="123456789012", region=region) for region in _REGIONS)
        stages = [cdk.Stage(app, f"Stage{number}", env=each) for number, each in enumerate(environments)]
        here, there = (synth_template(self._minimal(stage)) for stage in stages)
        assert here["Resources"].keys() == there["Resources"].keys()
        for template, other in ((here, _REGIONS[1]), (there, _REGIONS[0])):
            assert other not in json.dumps(template), "a stack names the region of another"

    def test_inside_a_cdk_pipeline(self) -> None:
        app = cdk_app()
        source = pipelines.CodePipelineSource.connection("owner/repository", "main", connection_arn=_CONNECTION)
        pipeline = pipelines.CodePipeline(
            cdk.Stack(app, "Pipeline"),
            "Pipeline",
            synth=pipelines.ShellStep("Synth", input=source, commands=["true"]),
        )
        stage = cdk.Stage(app, "Production")
        stack = self._minimal(stage)
        pipeline.add_stage(stage)
        app.synth()
        assert synth_template(stack)["Resources"]

    def test_invalid_props_are_refused_with_issues_and_leave_the_tree_alone(self) -> None:
        refused = list(self.invalid_props())
        assert refused, "invalid_props() gives nothing to refuse"
        for props in refused:
            stack = cdk.Stack(cdk_app(), "Stack")
            with pytest.raises(ValueError) as raised:  # noqa: PT011 - `issues` says more than a match could
                self.construct(stack, "Pattern", props)
            assert getattr(raised.value, "issues", None), f"no issues: {raised.value!r}"
            assert not stack.node.children, "a refused construct must not enter the tree"
            self.construct(stack, "Pattern", self.minimal_props())

    def test_props_by_name_are_answered_with_the_call_to_write(self) -> None:
        props = self.minimal_props()
        first, name = dataclasses.fields(props)[0].name, self._props_type().__name__
        optional = inspect.signature(self.construct.__init__).parameters["props"].default is not inspect.Parameter.empty
        named_one: dict[str, Any] = {first: None}
        wrong: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
            ((), named_one),
            ((named_one,), {}),
            ((props,), named_one),
        ]
        for given, named in wrong if optional else [((), {}), *wrong]:
            stack = cdk.Stack(cdk_app(), "Stack")
            with pytest.raises((ValueError, TypeError)) as raised:
                self.construct(stack, "Pattern", *given, **named)
            (issue,) = getattr(raised.value, "issues", None) or pytest.fail(f"no issues: {raised.value!r}")
            assert issue.remedy.startswith(f'{self.construct.__name__}(self, "Pattern", {name}(')
            assert not named or f"{first}=…" in issue.remedy
            assert not stack.node.children

    def test_tokens_are_accepted(self) -> None:
        token = {"Ref": "AWS::StackName"}
        scalars = scalar_fields(self._props_type())
        assert set(self.refuses_tokens) <= set(scalars), "refuses_tokens names a field that takes no text or number"
        failures: dict[str, str] = {}
        for field, kind in scalars.items():
            if field not in self.refuses_tokens:
                value = cdk.Token.as_string(token) if kind is str else cdk.Token.as_number(token)
                stack = cdk.Stack(cdk_app(), "Stack")
                try:
                    self.construct(stack, "Pattern", dataclasses.replace(self.minimal_props(), **{field: value}))
                    synth_template(stack)
                except Exception as error:  # noqa: BLE001 - every field is tried before the test fails
                    failures[field] = str(error)
        assert not failures

    def test_props_are_frozen_and_keyword_only(self) -> None:
        props = self.minimal_props()
        first = dataclasses.fields(props)[0].name
        assert all(field.kw_only for field in dataclasses.fields(props))
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(props, first, getattr(props, first))

    def test_every_field_is_described(self) -> None:
        assert undocumented_fields(self._props_type()) == []

    def test_public_names_are_listed(self) -> None:
        package = importlib.import_module(self._package())
        names: list[str] = package.__all__
        assert names == sorted(set(names), key=lambda name: (not name.isupper(), name))  # constants first
        assert all(hasattr(package, name) and not name.startswith("_") for name in names)
        assert {self.construct.__name__, self._props_type().__name__} <= set(names)

    def test_types_are_shipped(self) -> None:
        package = importlib.import_module(self._package())
        assert (Path(package.__path__[0]) / "py.typed").exists()

    def test_import_has_no_side_effects(self, tmp_path: Path) -> None:
        # Once a package, whose constructs are imported alike: it takes a process of its own.
        package = self._package()
        if package not in _TRACES:
            _TRACES[package] = import_traces(package, tmp_path)
        assert _TRACES[package] == []

    @pytest.mark.parametrize("props", _PROPS)
    def test_logical_ids_hold_with_and_without_feature_flags(self, props: str) -> None:
        new, old = (self._synthesis(props, flags).template["Resources"] for flags in _FLAGS)
        assert new.keys() == old.keys()

    @pytest.mark.parametrize("flags", ["recommended", pytest.param("none", marks=pytest.mark.exhaustive)])
    @pytest.mark.parametrize("props", [pytest.param("minimal", marks=pytest.mark.exhaustive), "production"])
    def test_cfn_lint_finds_nothing(self, props: str, flags: str) -> None:
        assert self._texts(cfn_lint(self._synthesis(props, flags).template)) == []

    @pytest.mark.parametrize("flags", _FLAGS)
    @pytest.mark.parametrize("props", _PROPS)
    def test_statelint_finds_nothing(self, props: str, flags: str) -> None:
        assert self._texts(statelint(self._synthesis(props, flags).template)) == []

    @pytest.mark.parametrize("flags", _FLAGS)
    @pytest.mark.parametrize("props", _PROPS)
    def test_default_rules_find_nothing(self, props: str, flags: str) -> None:
        assert self._texts(self._synthesis(props, flags).default_rules) == []

    @pytest.mark.parametrize("flags", _FLAGS)
    @pytest.mark.parametrize("props", _PROPS)
    def test_nag_finds_nothing(self, props: str, flags: str) -> None:
        assert self._texts(self._synthesis(props, flags).nag) == []

    @pytest.mark.parametrize("props", _PROPS)
    def test_every_permission_is_in_the_table(self, props: str) -> None:
        listed = {grant for made in self.options().resources.values() for grant in self._grants(made)}
        assert self._grants(self._synthesis(props, "recommended").template["Resources"]) - listed == set()

    def test_no_policy_names_two_statements_alike(self) -> None:
        assert [name for each in self._every().values() for name in repeated_names({"Resources": each})] == []

    def test_a_first_deployment_that_fails_leaves_nothing_that_cloudformation_cannot_take_back(self) -> None:
        assert {props: found for props, each in self._every().items() if (found := unremovable(each))} == {}

    @pytest.mark.e2e
    def test_is_deployed_updated_and_destroyed(self, deploy: Callable[[Path], Any], aws: Any, tmp_path: Path) -> None:
        life = StackLife(f"{self.construct.__name__}Contract", deploy, aws, tmp_path)
        minimal = life.deploy(self._add_minimal)
        updated = life.deploy(lambda stack: self.construct(stack, "Pattern", self.updated_props(stack)))
        again = life.deploy(self._add_minimal)
        for deployed in (minimal, updated, again):
            assert deployed.physical.keys() == deployed.resources.keys()
        assert updated.resources != minimal.resources, "updated_props() change nothing"
        assert [*minimal.replaced_by(updated), *updated.replaced_by(again)] == []
        self.release(again, aws)
        left = minimal.left_by(updated) | updated.left_by(again)
        assert life.destroy() == {*minimal.retained, *updated.retained} | left
        anew = life.deploy(self._add_minimal)
        assert anew.physical.keys() == minimal.physical.keys()
        self.release(anew, aws)
        life.destroy()

    def release(self, deployed: DeployedStack, aws: Any) -> None:
        """Do what a person has to before the stack can go, such as switching deletion protection off. Here: nothing."""

    def _synthesis(self, props: str, flags: str) -> Synthesis:
        """One for every checker: synthesis takes longer than what reads its result."""
        done = self._syntheses
        if (props, flags) not in done:
            done[props, flags] = checked_synthesis(getattr(self, f"_{props}"), recommended_flags=flags == "recommended")
        return done[props, flags]

    def _every(self) -> dict[str, Mapping[str, Any]]:
        """The resources with minimal and production props, and with each option."""
        made = {props: self._synthesis(props, "recommended").template["Resources"] for props in _PROPS}
        return {**made, **self.options().resources}

    @staticmethod
    def _grants(resources: Mapping[str, Any]) -> set[tuple[str, str]]:
        """Role and action of each permission; resources have other names in another stack."""
        roles = {name: found[1] for name in resources if (found := _ROLE.fullmatch(name))}
        return {(each.role, each.action) for each in permissions(resources, roles) if each.role in roles.values()}

    def _minimal(self, scope: Construct) -> cdk.Stack:
        stack = cdk.Stack(scope, "Stack")
        self._add_minimal(stack)
        return stack

    def _add_minimal(self, stack: cdk.Stack) -> None:
        self.construct(stack, "Pattern", self.minimal_props())

    def _production(self, scope: Construct) -> cdk.Stack:
        stack = cdk.Stack(scope, "Stack")
        self.construct(stack, "Pattern", self.production_props(stack))
        return stack

    def _package(self) -> str:
        return self.construct.__module__.rpartition(".")[0]

    def _props_type(self) -> type[Any]:
        return self.minimal_props().__class__

    @staticmethod
    def _texts(findings: list[Finding]) -> list[str]:
        return [str(found) for found in findings]
