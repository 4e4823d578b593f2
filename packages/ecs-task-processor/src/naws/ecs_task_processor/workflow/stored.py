"""A payload that the environment does not take goes into S3 as it came, every digit kept.

JSONata 2.0.6 has doubles for numbers and writes 15 digits of them, so what S3 gets is taken from the input by a path.
"""

from typing import Any

from naws.ecs_task_processor.plan_runs import ResourceNames
from naws.ecs_task_processor.workflow.expressions import (
    REMEMBERED,
    TRIES,
    States,
    choice,
    expression,
    repeated,
    way,
    went_wrong,
)

# $string() leaves the quotes of a plain string out; inside an object every payload becomes JSON.
_WRAPPED = "$string({'p': $envelope.payload})"
PAYLOAD_TEXT = f"($text := {_WRAPPED}; $substring($text, 5, $length($text) - 6))"
"""The payload as JSON text."""
EXACT = f"$parse({_WRAPPED}) = {{'p': $envelope.payload}} and $not($contains({_WRAPPED}, /[:,\\[]-?[0-9]{{16}}|e[+]/))"
"""Whether that text has every digit: it reads as what it was made of, and no number is beyond what a double counts."""

_PATHS = {
    "envelope": {"InputPath": "$.payload"},
    "array": {"InputPath": "$[0].payload"},
    "batch": {"InputPath": "$.Items[*].value"},
    "text": {"InputPath": "$.body"},
    "json": {"Parameters": {"payload.$": "States.StringToJson($.body)"}, "OutputPath": "$.payload"},
}
"""The path of the payload in each form of input; in any other it is the input itself."""


def read_body() -> States:
    """A message's body that is JSON becomes the value that it holds, every other stays text.

    It is taken for text unless it can be read: what is no JSON fails the branch, and is caught around it. The id behind
    the body, which its sender cannot know, shows that all of the body was read, and as one value.
    """
    read = "$parse('[' & $envelope.payload & ',\"' & $envelope.id & '\"]')"
    parsed = f"""($read := {read}; $count($read) = 2
        ? {{'form': 'json', 'envelope': {{'payload': $read[0]}}}} : {{'form': 'text', 'envelope': {{}}}})"""
    known: dict[str, Any] = {"Output": expression("{'body': $states.input[0].body}"), "Next": "Fits?"}
    parse = {"Type": "Pass", "Output": expression(parsed), "End": True}
    return {
        "Read body": {
            "Type": "Parallel",
            "Branches": [{"StartAt": "Parse body", "States": {"Parse body": parse}}],
            "Assign": {
                "form": expression("$states.result[0].form"),
                "envelope": expression("$merge([$envelope, $states.result[0].envelope])"),
            },
            **known,
            "Catch": [{"ErrorEquals": ["States.ALL"], **known}],
        }
    }


def store(names: ResourceNames, after: str, *, whole: bool) -> States:
    """Put the payload into S3. Of an item it is what the expressions of its map have left of it."""
    call = _by_path(names) if whole else _by_expression(names)
    uri = f"'s3://{names.payload_bucket}/{names.payload_prefix}runs/' & $states.context.Execution.Name & '.json'"
    return {
        **(_which() if whole else {}),
        **repeated(
            "Store payload",
            {
                "Type": "Task",
                # Step Functions writes every value as JSON here, a text with its quotes, too.
                "Resource": f"arn:{names.partition}:states:::aws-sdk:s3:putObject",
                **call,
                "Next": "Stored",
            },
            tries=TRIES["Store payload"],
            verdict=expression(went_wrong("Naws.PayloadNotStored", REMEMBERED)),
            given_up="Whose failure?",
        ),
        "Stored": {
            "Type": "Pass",
            "Assign": {"payloadVariable": {"Name": "NAWS_PAYLOAD_URI", "Value": expression(uri)}},
            "Output": {},
            "Next": after,
        },
    }


def _which() -> States:
    return {
        "Which payload?": choice(
            *(way(f"$form = '{form}'", f"Payload of {form}") for form in _PATHS), otherwise="Store payload"
        ),
        **{
            f"Payload of {form}": {"QueryLanguage": "JSONPath", "Type": "Pass", **path, "Next": "Store payload"}
            for form, path in _PATHS.items()
        },
    }


def _by_path(names: ResourceNames) -> States:
    return {
        "QueryLanguage": "JSONPath",
        "Parameters": {
            "Bucket": names.payload_bucket,
            "Key.$": f"States.Format('{names.payload_prefix}runs/{{}}.json', $$.Execution.Name)",
            "Body.$": "$",
            "ContentType": "application/json",
        },
    }


def _by_expression(names: ResourceNames) -> States:
    return {
        "Arguments": {
            "Bucket": names.payload_bucket,
            "Key": expression(f"'{names.payload_prefix}runs/' & $states.context.Execution.Name & '.json'"),
            "Body": expression("$envelope.payload"),
            "ContentType": "application/json",
        },
        "Output": {},
    }
