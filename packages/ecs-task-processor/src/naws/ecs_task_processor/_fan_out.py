"""Fan-out, many tasks from one run: the names and the permissions that the workflow needs for it."""

from typing import Any

from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn

from naws.core.authoring import allow, arn_of, asked, own_executions, statement_for, use_of_key
from naws.ecs_task_processor.props import FanOut, ObjectsUnder, RowsOf
from naws.ecs_task_processor.workflow.fan_out import CHILDREN, RESULTS_PREFIX

_WRITING = ("s3:PutObject", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:AbortMultipartUpload")
"""The S3 actions of a map that writes its results, in parts when they are large."""


def items_bucket(given: FanOut | None) -> str:
    """Name of the bucket that the items are in; empty when the payload has them."""
    return "" if given is None or isinstance(given.over, str) else given.over.bucket.bucket_name


def fan_out_statements(
    given: FanOut, machine: sfn.StateMachine, name: str, own_objects: str
) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The statements to start, watch and stop the executions of items, to read the items and to write the results.

    Source: https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html

    Args:
        given: how it fans out.
        machine: the workflow.
        name: its name.
        own_objects: ARN of the processor's own objects, up to the end of their prefix.

    Returns:
        The statements, and their wildcard resources, each with its reason.
    """
    executions = own_executions(machine, name, CHILDREN)
    map_runs = arn_of(machine, "states", f"mapRun:{name}/{CHILDREN}:*")
    results = f"{own_objects}{RESULTS_PREFIX}*"
    wildcards = {
        map_runs: "The id of a map run is not known before it runs; the state machine is.",
        results: "The results of a run are kept under its name, which is not known before it runs.",
    }
    statements = [
        allow("StartItems", ["states:StartExecution"], [asked(machine, "state_machine_arn")]),
        allow("WatchAndStopItems", ["states:DescribeExecution", "states:StopExecution"], executions),
        allow("CountItems", ["states:DescribeMapRun"], [map_runs]),
        allow("WriteResults", _WRITING, [results]),
    ]
    return [*statements, *_reading(given.over)], wildcards


def _reading(over: str | ObjectsUnder | RowsOf) -> list[dict[str, Any]]:
    match over:
        case ObjectsUnder():
            prefix = {"StringLike": {"s3:prefix": f"{over.prefix}*"}} if over.prefix else {}
            return [allow("ListItems", ["s3:ListBucket"], [over.bucket.bucket_arn], **prefix)]
        case RowsOf():
            return [allow("ReadItems", ["s3:GetObject"], [over.bucket.arn_for_objects(over.key)])]
        case _:
            return []


def let_read_items(given: FanOut, role: iam.Role) -> None:
    """Let the workflow use the key that encrypts its rows."""
    if isinstance(given.over, RowsOf) and given.over.bucket.encryption_key is not None:
        bucket, key = given.over.bucket, given.over.bucket.encryption_key
        decryption = statement_for(role, use_of_key(key, "kms:Decrypt", through=("s3", bucket.env.region)))
        decryption.sid = "DecryptItems"
        role.add_to_policy(decryption)
