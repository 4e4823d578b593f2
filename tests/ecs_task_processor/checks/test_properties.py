"""What is accepted, and that each field is refused beyond its range, by its name."""

from collections.abc import Callable
from typing import Any

import accepted
import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecs as ecs
from beyond import BEYOND, WITHOUT_RANGE, every_field, wrongly_typed
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from naws.core.issues import Issue
from naws.ecs_task_processor import EcsTaskProcessor, EcsTaskProcessorProps
from naws.testing.checkers import cfn_lint, checked_synthesis

Judge = Callable[..., list[Issue]]
FEW = settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
TWO = settings(FEW, max_examples=2)
SOME = settings(FEW, max_examples=40)
MANY = settings(FEW, max_examples=2000)
EXHAUSTIVE = pytest.mark.exhaustive
IMAGE = "public.ecr.aws/docker/library/busybox:1.36"


@pytest.fixture(scope="module")
def props(image: ecs.ContainerImage) -> st.SearchStrategy[dict[str, Any]]:
    return accepted.props(image)


@pytest.mark.parametrize("amount", [SOME, pytest.param(MANY, marks=EXHAUSTIVE)], ids=["some", "many"])
def test_every_legal_combination_is_accepted(
    amount: settings, props: st.SearchStrategy[dict[str, Any]], issues: Judge
) -> None:
    @amount
    @given(props)
    def accepts(props: dict[str, Any]) -> None:
        refused = [issue.render() for issue in issues(**props) if issue.level != "advice"]
        assert refused == []

    accepts()


@pytest.mark.parametrize("amount", [TWO, pytest.param(SOME, marks=EXHAUSTIVE)], ids=["two", "some"])
@pytest.mark.parametrize("name", BEYOND)
def test_a_field_beyond_its_range_is_refused_by_its_name(name: str, amount: settings, issues: Judge) -> None:
    beyond = BEYOND[name]

    @amount
    @given(beyond.values)
    def refuses(value: Any) -> None:
        paths = [issue.path for issue in issues(**beyond.props_of(value)) if issue.level != "advice"]
        assert any(path.startswith(beyond.path or name) for path in paths), paths

    refuses()


def test_every_field_is_pushed_beyond_its_range_or_has_none() -> None:
    assert {*BEYOND, *WITHOUT_RANGE} == set(every_field())
    assert set(BEYOND).isdisjoint(WITHOUT_RANGE)


@pytest.mark.parametrize("name", [name for name, reason in WITHOUT_RANGE.items() if "type" in reason])
def test_a_field_of_the_wrong_type_is_refused_by_its_name(name: str, issues: Judge) -> None:
    path, props = wrongly_typed(name, b"bytes")
    found = [issue for issue in issues(**props) if issue.code == "NAWS-TYPE-001"]
    assert path in {issue.path for issue in found}


@pytest.mark.exhaustive
def test_what_is_accepted_synthesises_without_an_error(
    props: st.SearchStrategy[dict[str, Any]], image: ecs.ContainerImage
) -> None:
    @settings(FEW, max_examples=15, phases=[Phase.generate])
    @given(props)
    def synthesises(props: dict[str, Any]) -> None:
        conventions = props.pop("conventions", None)

        def build(app: cdk.App) -> cdk.Stack:
            if conventions:
                conventions.apply(app)
            stack = cdk.Stack(app, "Reports")
            EcsTaskProcessor(stack, "Nightly", EcsTaskProcessorProps(**{"image": image, **props}))
            return stack

        made = checked_synthesis(build)
        assert [found for found in made.default_rules if not found.rule.startswith("Annotation::")] == []
        assert [found for found in cfn_lint(made.template) if found.rule.startswith("E")] == []

    synthesises()
