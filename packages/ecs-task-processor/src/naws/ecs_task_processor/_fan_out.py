"""Many tasks from one run: what the workflow needs to know and to be allowed for it."""

from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_stepfunctions as sfn

from naws.core.key_access import statement_for, use_of_key
from naws.core.nag import acknowledge_nag_wildcard
from naws.ecs_task_processor._history import own_arn
from naws.ecs_task_processor.props import FanOut, ObjectsUnder, RowsOf
from naws.ecs_task_processor.workflow import CHILDREN, RESULTS_PREFIX

_WRITING = ("s3:PutObject", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:AbortMultipartUpload")
"""What a map needs to write its results, in parts when they are large."""


def items_bucket(said: FanOut | None) -> str:
    """Name of the bucket that the items are in; empty when the payload has them."""
    return "" if said is None or isinstance(said.over, str) else said.over.bucket.bucket_name


def allow_fan_out(said: FanOut, machine: sfn.StateMachine, role: iam.Role, payloads: s3.Bucket, prefix: str) -> None:
    """Let the workflow start, watch and stop the executions of items, read the items and write the results.

    A policy of its own, because the machine waits for its role's default policy, and this one names the machine.
    Source: https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html
    """
    policy = iam.Policy(machine, "FanOut", roles=[role])  # pyright: ignore[reportArgumentType]  # jsii renames parameters
    executions = [own_arn(machine, "execution", f"{owner}:*") for owner in ("", f"/{CHILDREN}")]
    map_runs = own_arn(machine, "mapRun", f"/{CHILDREN}:*")
    results = payloads.arn_for_objects(f"{prefix}{RESULTS_PREFIX}*")
    policy.add_statements(
        _allow("StartItems", ["states:StartExecution"], [machine.state_machine_arn]),
        _allow("WatchAndStopItems", ["states:DescribeExecution", "states:StopExecution"], executions),
        _allow("CountItems", ["states:DescribeMapRun"], [map_runs]),
        _allow("WriteResults", list(_WRITING), [results]),
    )
    for arn in (*executions, map_runs):
        acknowledge_nag_wildcard(policy, arn, "An execution's id is not known before it runs; the state machine is.")
    acknowledge_nag_wildcard(
        policy, results, "The results of a run are kept under its name, which is not known before it runs."
    )
    _allow_reading(said.over, policy)


def _allow_reading(over: str | ObjectsUnder | RowsOf, policy: iam.Policy) -> None:
    if isinstance(over, str):
        return
    if isinstance(over, ObjectsUnder):
        prefix = {"StringLike": {"s3:prefix": f"{over.prefix}*"}} if over.prefix else None
        statement = _allow("ListItems", ["s3:ListBucket"], [over.bucket.bucket_arn])
        if prefix:
            statement.add_conditions(prefix)
        policy.add_statements(statement)
        return
    policy.add_statements(_allow("ReadItems", ["s3:GetObject"], [over.bucket.arn_for_objects(over.key)]))
    if over.bucket.encryption_key is not None:
        through = ("s3", over.bucket.env.region)
        decryption = statement_for(policy, use_of_key(over.bucket.encryption_key, "kms:Decrypt", through=through))
        decryption.sid = "DecryptItems"
        policy.add_statements(decryption)


def _allow(sid: str, actions: list[str], resources: list[str]) -> iam.PolicyStatement:
    return iam.PolicyStatement(sid=sid, actions=actions, resources=resources)
