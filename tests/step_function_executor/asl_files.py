"""Definitions in files, as the examples of rules and the tests name them."""

import json
from pathlib import Path

CLOSE = {
    "QueryLanguage": "JSONata",
    "StartAt": "Close",
    "TimeoutSeconds": 3600,
    "States": {"Close": {"Type": "Pass", "End": True}},
}
TABLE = {
    "QueryLanguage": "JSONata",
    "StartAt": "Read",
    "TimeoutSeconds": 3600,
    "States": {
        "Read": {
            "Type": "Task",
            "Resource": "arn:aws:states:::dynamodb:getItem",
            "Arguments": {"TableName": "${table}", "Key": {"id": {"S": "{% $states.input.payload.id %}"}}},
            "TimeoutSeconds": 60,
            "Retry": [{"ErrorEquals": ["States.TaskFailed"]}],
            "End": True,
        }
    },
}


def write_examples(folder: Path) -> None:
    """The files that the examples name."""
    for name, definition in {"close": CLOSE, "table": TABLE}.items():
        (folder / f"{name}.asl.json").write_text(json.dumps(definition))
    (folder / "broken.asl.json").write_text('{"StartAt": "Close",}')
