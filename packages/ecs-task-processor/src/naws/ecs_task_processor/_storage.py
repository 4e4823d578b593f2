"""Where a run's large payload and a run that failed are kept."""

from typing import Any, Literal

from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from naws.core.json_text import json_text
from naws.core.key_access import let_use_key
from naws.core.nag import acknowledge_nag, acknowledge_nag_wildcard
from naws.core.queues import dead_letter_queue
from naws.core.service_access import let_rule_send, let_rules_use_key
from naws.ecs_task_processor.plan import Plan
from naws.ecs_task_processor.workflow import CHILDREN, HANDLED_ERRORS

_RUNS = "runs/"


def allow_payloads(
    role: iam.IRole, bucket: s3.Bucket, prefix: str, action: Literal["s3:GetObject", "s3:PutObject"]
) -> None:
    """Let `role` read or write payloads under the processor's own prefix."""
    keys = bucket.arn_for_objects(f"{prefix}{_RUNS}*")
    role.add_to_principal_policy(iam.PolicyStatement(sid="Payloads", actions=[action], resources=[keys]))
    acknowledge_nag_wildcard(
        role, keys, "The key of a payload is the execution's name, which is not known before it runs."
    )
    writing = ("kms:GenerateDataKey",) if action == "s3:PutObject" else ()
    let_use_key(role, bucket.encryption_key, "kms:Decrypt", *writing)


def build_failure_queue(scope: Construct, plan: Plan) -> sqs.Queue:
    """Runs that exhausted their attempts, each with its envelope and what went wrong."""
    reason = "It is itself the place for what failed; an alarm watches it."
    return _last_place(scope, "FailureQueue", plan, plan.names.failure_queue, reason)


def build_dead_letter_queue(scope: Construct, plan: Plan) -> sqs.Queue:
    """Events and times that could not start a run."""
    reason = "It is the dead-letter queue of schedules and rules; an alarm watches it."
    queue = _last_place(scope, "DeadLetterQueue", plan, plan.names.dead_letter_queue, reason)
    if queue.encryption_master_key is not None:
        # EventBridge sends by itself what a rule keeps or cannot deliver; the two queues have one key.
        let_rules_use_key(scope, queue.encryption_master_key)
    return queue


def _last_place(scope: Construct, construct_id: str, plan: Plan, name: str | None, reason: str) -> sqs.Queue:
    key, policy = plan.operations.encryption_key, plan.operations.removal_policy
    queue = dead_letter_queue(scope, construct_id, key=key, removal_policy=policy, queue_name=name)
    acknowledge_nag(queue, "AwsSolutions-SQS3", reason)
    return queue


def build_status_rule(
    scope: Construct, plan: Plan, machine: sfn.IStateMachine, failures: sqs.IQueue, dead_letters: sqs.IQueue
) -> None:
    """Keep runs whose end the workflow could not handle: aborted, timed out as a whole, or broken by a runtime error.

    The message is the event's detail: `executionArn`, `status`, `error`, `cause`, and `input` where it has room for it.
    Nothing catches `States.Runtime`, and `States.ALL` not every `States.DataLimitExceeded`.
    Source: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
    """
    rule = events.CfnRule(
        scope,
        "UnhandledEnds",
        description="Runs that ended outside their own error handling go to the failure queue",
        event_pattern=json_text(scope, unhandled_ends(_machines(plan, machine))),
        state="ENABLED",
        targets=[
            events.CfnRule.TargetProperty(
                id="FailureQueue",
                arn=failures.queue_arn,
                # As it is: an event has no input over 248 KB, and a template cannot leave out what is not there.
                input_path="$.detail",
                dead_letter_config=events.CfnRule.DeadLetterConfigProperty(arn=dead_letters.queue_arn),
            )
        ],
    )
    # CDK's own target opens a queue with a customer's key to the rules of every account while a feature flag is off.
    let_rule_send(failures, rule.attr_arn, "KeepUnhandledEnds")
    let_rule_send(dead_letters, rule.attr_arn, "KeepUnhandledEnds")


_OF_A_STEP = '{"trigger":"step",'
"""How the input of a run begins that is a step of a workflow, as `as_step` writes it."""


def unhandled_ends(machines: list[str]) -> dict[str, Any]:
    """Without an error, or with null for it, as well as with one that the workflow has not raised itself.

    A run that is a step is its caller's to repeat, and is not kept where its input tells so. An event leaves a large
    input out: such a run is kept, because one too many is better than one that is lost.
    """
    return {
        "source": ["aws.states"],
        "detail-type": ["Step Functions Execution Status Change"],
        "detail": {
            "stateMachineArn": machines,
            "input": [{"anything-but": {"prefix": _OF_A_STEP}}, None, {"exists": False}],
            "$or": [
                {"status": ["ABORTED", "TIMED_OUT"]},
                {"status": ["FAILED"], "error": [{"anything-but": {"prefix": HANDLED_ERRORS}}]},
                {"status": ["FAILED"], "error": [{"exists": False}]},
                {"status": ["FAILED"], "error": [None]},
            ],
        },
    }


def _machines(plan: Plan, machine: sfn.IStateMachine) -> list[str]:
    """Whose ends are kept: the runs', and those of items, which have executions of their own."""
    arn = machine.state_machine_arn
    return [arn] if plan.props.fan_out is None else [arn, f"{arn}/{CHILDREN}"]
