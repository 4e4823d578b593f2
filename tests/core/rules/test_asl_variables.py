"""Variables: who reads which, what is offered instead, what leaves it open, and what it costs to find out."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from naws.core.issues import Issue
from naws.core.rules.asl import definition_issues
from naws.core.rules.asl_variables import reaching

DISTRIBUTED = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}
BEGIN = {"Type": "Pass", "Assign": {"day": 1}, "Next": "Each"}
TOKEN = "${Token[Name.1]}"


def issues(states: dict[str, Any], language: str = "JSONata") -> list[Issue]:
    given = {"QueryLanguage": language, "StartAt": next(iter(states)), "TimeoutSeconds": 60, "States": states}
    return definition_issues(given)


def codes(states: dict[str, Any], language: str = "JSONata") -> set[str]:
    return {issue.code.removeprefix("NAWS-") for issue in issues(states, language)}


def ends(**fields: Any) -> dict[str, Any]:
    return {"Type": "Pass", "End": True, **fields}


def each(state: dict[str, Any], **fields: Any) -> dict[str, Any]:
    item = {**DISTRIBUTED, "StartAt": "One", "States": {"One": state}}
    return {"Type": "Map", "ItemProcessor": item, "End": True, **fields}


def test_a_path_is_shown_as_it_is_written_and_mended_in_its_language() -> None:
    (found,) = issues({"A": ends(Parameters={"z.$": "$x.y"})}, "JSONPath")
    assert (found.code, found.value, found.remedy) == (
        "NAWS-ASL-021", "'$x.y'", '"Assign": {"x": …}  # in a state before'
    )  # fmt: skip


@pytest.mark.parametrize(
    ("language", "read", "selected", "instead", "remedy"),
    [
        ("JSONPath", {"Parameters": {"z.$": "$day"}}, {"day.$": "$day"}, {"Parameters": {"z.$": "$.day"}},
         '"ItemSelector": {"day.$": "$day"}  # and here $.day'),
        ("JSONata", {"Output": "{% $day %}"}, {"day": "{% $day %}"}, {"Output": "{% $states.input.day %}"},
         '"ItemSelector": {"day": "{% $day %}"}  # and here $states.input.day'),
    ],
)  # fmt: skip
def test_a_value_is_handed_to_the_items_in_the_language_of_the_map(
    language: str, read: dict[str, Any], selected: dict[str, Any], instead: dict[str, Any], remedy: str
) -> None:
    (found,) = issues({"Begin": BEGIN, "Each": each(ends(**read))}, language)
    assert (found.code, found.remedy) == ("NAWS-ASL-020", remedy)
    assert issues({"Begin": BEGIN, "Each": each(ends(**instead), ItemSelector=selected)}, language) == []


def test_a_map_in_jsonpath_hands_over_to_a_state_in_jsonata() -> None:
    inner = ends(QueryLanguage="JSONata", Output="{% $day %}")
    (found,) = issues({"Begin": BEGIN, "Each": each(inner)}, "JSONPath")
    assert found.remedy == '"ItemSelector": {"day.$": "$day"}  # and here $states.input.day'


def test_what_works_on_the_items_of_a_distributed_map_may_assign_a_name_of_outside() -> None:
    assert codes({"Begin": BEGIN, "Each": each(ends(Assign={"day": 2}))}) == set()


@pytest.mark.parametrize("question", ["exists", "type", "boolean"])
def test_who_asks_for_a_variable_anywhere_knows_that_it_may_be_absent(question: str) -> None:
    choice = {"Type": "Choice", "Choices": [{"Condition": f"{{% ${question}( $opt ) = $y %}}", "Next": "B"}]}
    states = {"A": {**choice, "Default": "B"}, "B": ends(Output="{% $opt %}")}
    assert [issue.expected for issue in issues(states)] == ["a state before this one that assigns y"]


def test_a_slash_in_a_class_ends_no_regular_expression() -> None:
    assert codes({"A": ends(Output="{% $contains($states.input.s, /[/$x]/) %}")}) == set()
    assert codes({"A": ends(Output="{% $contains($states.input.s, /[/$x]/) and $y %}")}) == {"ASL-021"}


def test_a_name_that_only_the_deployment_knows_may_be_any() -> None:
    begin = {"Type": "Pass", "Assign": {TOKEN: 1}, "Next": "B"}
    assert codes({"A": begin, "B": ends(Output="{% $x %}")}) == set()
    assert codes({"A": begin, "B": {**ends(), "Type": "Parallel", "Branches": [
        {"StartAt": "C", "States": {"C": ends(Output="{% $x %}")}}
    ]}}) == set()  # fmt: skip


class Visited(Mapping[str, list[str]]):
    """Where each state leads, and how often anybody asked."""

    def __init__(self, following: dict[str, list[str]]) -> None:
        self.following, self.visits = following, 0

    def __getitem__(self, name: str) -> list[str]:
        self.visits += 1
        return self.following[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.following)

    def __len__(self) -> int:
        return len(self.following)


@pytest.mark.parametrize("backwards", [False, True])
def test_a_chain_costs_as_many_visits_as_it_has_states(*, backwards: bool) -> None:
    names = [f"S{number}" for number in range(1_600)]
    links = dict(zip(names, [[name] for name in names[1:]] + [[]], strict=True))
    chain = Visited(dict(reversed(links.items())) if backwards else links)

    before = reaching(chain, {name: 1 << bit for bit, name in enumerate(names)})

    assert before["S1599"] == (1 << 1_599) - 1
    assert before["S0"] == 0
    assert chain.visits <= 4 * len(names)


def test_a_loop_costs_a_few_visits_of_each_state() -> None:
    names = [f"S{number}" for number in range(1_600)]
    loop = Visited({name: [names[(index + 1) % len(names)]] for index, name in enumerate(names)})

    before = reaching(loop, {name: 1 << bit for bit, name in enumerate(names)})

    assert set(before.values()) == {(1 << 1_600) - 1}
    assert loop.visits <= 6 * len(names)
