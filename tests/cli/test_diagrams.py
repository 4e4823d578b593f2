"""A definition as text that Mermaid draws."""

from typing import Any

import pytest

from naws.cli.diagrams import mermaid

ARN = "arn:aws:states:::"


def lines(states: dict[str, Any], start: str | None = None) -> list[str]:
    """The chart of these states, without its first line and its indents."""
    drawn = mermaid({"StartAt": start or next(iter(states)), "States": states})
    first, *rest = drawn.splitlines()
    assert first == "flowchart TD"
    return [line.strip() for line in rest]


def test_a_whole_workflow() -> None:
    definition = {
        "StartAt": "Load regions",
        "States": {
            "Load regions": {
                "Type": "Map",
                "Items": "{% $states.input.regions %}",
                "ItemProcessor": {
                    "StartAt": "Load",
                    "States": {"Load": {"Type": "Task", "Resource": f"{ARN}states:startExecution.sync:2", "End": True}},
                },
                "Next": "Enough?",
            },
            "Enough?": {
                "Type": "Choice",
                "Choices": [{"Condition": "{% $count($states.input) > 2 %}", "Next": "Ask"}],
                "Default": "Closed",
            },
            "Ask": {
                "Type": "Task",
                "Resource": f"{ARN}sqs:sendMessage.waitForTaskToken",
                "Catch": [
                    {"ErrorEquals": ["Refused", "States.Timeout"], "Next": "Not closed"},
                    {"ErrorEquals": ["States.ALL"], "Next": "Remove"},
                ],
                "End": True,
            },
            "Remove": {"Type": "Task", "Resource": f"{ARN}aws-sdk:dynamodb:deleteItem", "Next": "Not closed"},
            "Not closed": {"Type": "Fail"},
            "Closed": {"Type": "Succeed"},
        },
    }
    assert mermaid(definition) == (
        """\
flowchart TD
    start(["start"])
    done(["end"])
    subgraph s1["Load regions: for each of $states.input.regions"]
        s7["Load<br>states:startExecution, and waits for its end"]
    end
    s2{"Enough?"}
    s3["Ask<br>sqs:sendMessage, and waits for an answer"]
    s4["Remove<br>dynamodb:deleteItem"]
    s5[["Not closed"]]
    s6(["Closed"])
    start --> s1
    s1 --> s2
    s2 -->|"$count($states.input) #62; 2"| s3
    s2 -->|"otherwise"| s6
    s3 -.->|"Refused, States.Timeout"| s5
    s3 -.->|"any error"| s4
    s4 --> s5
    s3 --> done"""
    )


def test_branches_are_in_one_frame_and_may_hold_frames() -> None:
    item = {"StartAt": "Item", "States": {"Item": {"Type": "Pass", "End": True}}}
    branches = [
        {"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 1, "Next": "B"}, "B": {"Type": "Succeed"}}},
        {"StartAt": "All", "States": {"All": {"Type": "Map", "Iterator": item, "End": True}}},
    ]
    assert lines({"Both": {"Type": "Parallel", "Branches": branches, "End": True}}) == [
        'start(["start"])',
        'done(["end"])',
        'subgraph s1["Both: at once"]',
        's2[/"A"/]',
        's3(["B"])',
        'subgraph s4["All: for each of its input"]',
        's5("Item")',
        "end",
        "end",
        "start --> s1",
        "s2 --> s3",
        "s1 --> done",
    ]


@pytest.mark.parametrize(
    ("rule", "label"),
    [
        ({"Variable": "$.kind", "StringEquals": "daily"}, "$.kind StringEquals daily"),
        ({"Not": {"Variable": "$.n", "IsPresent": True}}, "not $.n IsPresent True"),
        (
            {"And": [{"Variable": "$.a", "NumericGreaterThan": 1}, {"Variable": "$.b", "IsNull": False}]},
            "$.a NumericGreaterThan 1 and $.b IsNull False",
        ),
        ({"Condition": f"{{% $x = '{'y' * 80}' %}}"}, f"$x = '{'y' * 53}…"),
        ({"Condition": "{% $a\n  = 1 %}"}, "$a = 1"),
    ],
)
def test_a_condition_is_one_short_line(rule: dict[str, Any], label: str) -> None:
    states = {"Which?": {"Type": "Choice", "Choices": [{**rule, "Next": "Done"}]}, "Done": {"Type": "Succeed"}}
    assert f's1 -->|"{label}"| s2' in lines(states)


@pytest.mark.parametrize(
    ("resource", "calls"),
    [
        (f"{ARN}lambda:invoke", "<br>lambda:invoke"),
        ("arn:aws:lambda:us-east-1:123456789012:function:check", "<br>lambda:invoke"),
        (f"{ARN}ecs:runTask.sync", "<br>ecs:runTask, and waits for its end"),
        (f"{ARN}aws-sdk:sfn:listExecutions", "<br>sfn:listExecutions"),
        ("arn:aws:states:us-east-1:123456789012:activity:ask", "<br>activity:ask"),
        ("arn:aws-cn:states:::sns:publish", "<br>sns:publish"),
        (None, ""),
    ],
)
def test_a_task_has_what_it_calls(resource: str | None, calls: str) -> None:
    assert lines({"Do": {"Type": "Task", "Resource": resource, "End": True}})[2] == f's1["Do{calls}"]'


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ('Say "no"', "Say #34;no#34;"),
        ("1. Load", "1#46; Load"),
        ("12) Load", "12#41; Load"),
        ("- Load", "#45; Load"),
        ("a <b> & `c`", "a #60;b#62; #38; #96;c#96;"),
        ("{x} | #1", "#123;x#125; #124; #35;1"),
        ("$$ and $x", "#36;#36; and $x"),
        ("two\nlines", "two lines"),
        ("end", "end"),
        ("Größe 💡", "Größe 💡"),
    ],
)
def test_a_name_is_no_syntax(name: str, label: str) -> None:
    assert lines({name: {"Type": "Pass", "End": True}})[2] == f's1("{label}")'


def test_a_map_that_reads_its_items_or_has_them() -> None:
    item = {"StartAt": "Do", "States": {"Do": {"Type": "Pass", "End": True}}}
    reading = {"Type": "Map", "ItemReader": {"Resource": f"{ARN}s3:getObject"}, "ItemProcessor": item, "End": True}
    assert 'subgraph s1["Rows: for each of what it reads"]' in lines({"Rows": reading})
    having = {"Type": "Map", "Items": [1, 2], "ItemProcessor": item, "End": True}
    assert 'subgraph s1["Rows: for each of its items"]' in lines({"Rows": having})
    by_path = {"Type": "Map", "ItemsPath": "$.rows", "ItemProcessor": item, "End": True}
    assert 'subgraph s1["Rows: for each of $.rows"]' in lines({"Rows": by_path})


def test_what_leads_nowhere_is_not_drawn() -> None:
    states = {
        "A": {"Type": "Pass", "Next": "None"},
        "B": {"Type": "Choice", "Choices": "x", "Default": "A"},
        "C": {"Type": "Task", "Catch": [{"Next": "A"}, 1], "Next": "B"},
        "D": 1,
    }
    assert lines(states, "Nowhere") == [
        *('s1("A")', 's2{"B"}', 's3["C"]'),
        *('s2 -->|"otherwise"| s1', "s3 --> s2", "s3 -.-> s1"),
    ]


@pytest.mark.parametrize(
    "definition",
    [
        {},
        {"StartAt": None, "States": []},
        {"StartAt": {}, "States": {"A": [], "B": None, "C": {}, "": {"Type": 1}}},
        {"States": {"A": {"Type": "Map"}, "B": {"Type": "Parallel", "Branches": [1, {}]}, "C": {"Catch": {}}}},
        {"States": {"A": {"Type": "Choice", "Choices": [{"And": [{}, 1]}, {"Not": 1}, {"Or": {}}], "Default": 5}}},
        {"States": {"A": {"Type": "Task", "Resource": {"Ref": "Check"}, "Catch": [{"ErrorEquals": "x"}], "Next": {}}}},
    ],
)
def test_what_is_no_definition_is_a_chart_all_the_same(definition: dict[str, Any]) -> None:
    assert mermaid(definition).startswith("flowchart TD")
