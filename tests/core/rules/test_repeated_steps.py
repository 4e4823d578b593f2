"""Which steps of a workflow are entered more than once under one run's id."""

from typing import Any

import pytest

from naws.core.rules.repeated_steps import repeated

RUN_ID = "{% $states.context.Execution.Id %}"


def step(run_id: str = RUN_ID, **more: Any) -> dict[str, Any]:
    return {"Type": "Task", "Arguments": {"Input": {"trigger": "step", "id": run_id}}, **more}


def machine(**states: Any) -> dict[str, Any]:
    return {"StartAt": next(iter(states)), "States": states}


def mapped(inner: dict[str, Any], field: str = "ItemProcessor") -> dict[str, Any]:
    return {"Type": "Map", field: inner, "End": True}


ONCE = machine(Step=step(End=True))
CHOICE = {"Type": "Choice", "Choices": [{"Condition": "{% true %}", "Next": "Step"}], "Default": "Done"}
LOOP = machine(Step=step(Next="More"), More=CHOICE, Done={"Type": "Succeed"})


@pytest.mark.parametrize(
    ("definition", "how"),
    [
        (ONCE, None),
        (machine(First={"Type": "Pass", "Next": "Step"}, Step=step(Next="Last"), Last={"Type": "Succeed"}), None),
        (LOOP, "each turn of a loop"),
        (machine(Step=step(Next="Step")), "each turn of a loop"),
        (machine(Step=step(Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Step"}], End=True)), "each turn of a loop"),
        (machine(Step=step("{% $states.input.month %}", Next="More"), More=CHOICE), None),
        (machine(Each=mapped(ONCE)), None),
        (machine(Each=mapped(machine(Inner=mapped(ONCE)))), "a map in a map"),
        (machine(Each=mapped(machine(Inner=mapped(ONCE, "Iterator")))), "a map in a map"),
        (machine(Each=mapped(LOOP)), "each turn of a loop"),
        (machine(Both={"Type": "Parallel", "Branches": [ONCE, LOOP], "End": True}), "each turn of a loop"),
        ({"States": {"Odd": None, "Step": {"Arguments": "{% $x %}"}}}, None),
        ({}, None),
    ],
)
def test_what_is_entered_more_than_once(definition: dict[str, Any], how: str | None) -> None:
    assert [(found.name, found.how) for found in repeated(definition, RUN_ID)] == ([("Step", how)] if how else [])
