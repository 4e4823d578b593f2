"""Queues for work that failed or could not start, and the EventBridge rule that keeps unhandled ends of runs."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from naws.core.build.queues import dead_letter_queue, let_rule_send, queue_arn
from naws.core.context import PatternContext
from naws.core.nag import acknowledge_nag
from naws.core.plans.operations import OperationsPlan
from naws.core.queues import SENDING
from naws.core.stacks import arn_of

_NO_DEAD_LETTERS = "AwsSolutions-SQS3"
_KEPT = (
    "Runs that ended outside their own error handling go to the failure queue",
    "Runs that failed, were aborted or timed out go to the failure queue",
)
_OF_A_STEP = '{"trigger":"step",'
"""The beginning of a run's input when the run is a step of a workflow, as `as_step` writes it."""


def build_failure_queue(scope: Construct, plan: OperationsPlan, context: PatternContext) -> sqs.Queue:
    """Runs that exhausted their attempts, each with its envelope and what went wrong."""
    acknowledge_nag(scope, _NO_DEAD_LETTERS, "It is itself the place for what failed; an alarm watches it.")
    return dead_letter_queue(scope, "FailureQueue", plan, context.physical_name("failures", "queue"))


class DeadLetters:
    """The dead-letter queue of a pattern's schedules and rules, made when the first of them needs it.

    Args:
        make: makes it.
    """

    def __init__(self, make: Callable[[], sqs.Queue]) -> None:
        self._make = make
        self.made: sqs.Queue | None = None

    @property
    def queue(self) -> sqs.Queue:
        """The queue."""
        if self.made is None:
            self.made = self._make()
        return self.made


def build_dead_letter_queue(scope: Construct, plan: OperationsPlan, context: PatternContext) -> sqs.Queue:
    """Events and times that could not start a run.

    Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html (which
    services support aws:SourceArn)
    """
    if plan.encryption_key is not None:
        # EventBridge sends by itself what a rule keeps or cannot deliver; the two queues have one key.
        # No rule is named: one of another stack would make the stacks wait for each other.
        plan.encryption_key.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("events.amazonaws.com")],  # pyright: ignore[reportArgumentType]  # jsii renames parameters
                actions=list(SENDING),
                resources=["*"],
                conditions={"ArnLike": {"aws:SourceArn": arn_of(scope, "events", "rule/*")}},
            )
        )
    acknowledge_nag(scope, _NO_DEAD_LETTERS, "It is the dead-letter queue of schedules and rules; an alarm watches it.")
    return dead_letter_queue(scope, "DeadLetterQueue", plan, context.physical_name("dead-letters", "queue"))


def keep_unhandled_ends(
    scope: Construct, machines: Sequence[str], handled: str | None, *, failures: sqs.IQueue, dead_letters: sqs.IQueue
) -> None:
    """Keep runs whose end the workflow could not handle: aborted, timed out as a whole, or broken by a runtime error.

    The message is the event's detail: `executionArn`, `status`, `error`, `cause`, and `input` where it has room for it.
    Nothing catches `States.Runtime`, and `States.ALL` not every `States.DataLimitExceeded`.
    Source: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html

    Args:
        scope: parent of the rule.
        machines: ARNs of the state machines, with those of their children if they have any.
        handled: how the names of errors begin that the workflow raises itself when it has kept the run. None: it keeps
            none itself.
        failures: where they are kept.
        dead_letters: where an event is kept that could not be delivered there.
    """
    rule = events.CfnRule(
        scope,
        "UnhandledEnds",
        description=_KEPT[handled is None],
        # No ARN has what JSON escapes, so that tokens may stand in its text.
        event_pattern=json.dumps(unhandled_ends(machines, handled), separators=(",", ":")),
        state="ENABLED",
        targets=[
            {
                "id": "FailureQueue",
                "arn": queue_arn(failures),
                # As it is: an event has no input over 248 KB, and a template cannot leave out what is not there.
                "inputPath": "$.detail",
                "deadLetterConfig": {"arn": queue_arn(dead_letters)},
            }
        ],
    )
    arn = rule.attr_arn
    # CDK's own target opens a queue with a customer's key to the rules of every account while a feature flag is off.
    let_rule_send(failures, arn)
    let_rule_send(dead_letters, arn)


def unhandled_ends(machines: Sequence[str], handled: str | None) -> dict[str, Any]:
    """The event pattern of runs that ended without an error, with null for it, or with one not raised by the workflow.

    A run that is a step is its caller's to repeat, and is not kept where its input has that. An event leaves a large
    input out: such a run is kept, because one too many is better than one that is lost.
    """
    ends: dict[str, Any] = {"status": ["FAILED", "ABORTED", "TIMED_OUT"]}
    if handled is not None:
        errors: list[Any] = [{"anything-but": {"prefix": handled}}, {"exists": False}, None]
        failed = [{"status": ["FAILED"], "error": [each]} for each in errors]
        ends = {"$or": [{"status": ["ABORTED", "TIMED_OUT"]}, *failed]}
    return {
        "source": ["aws.states"],
        "detail-type": ["Step Functions Execution Status Change"],
        "detail": {
            "stateMachineArn": list(machines),
            "input": [{"anything-but": {"prefix": _OF_A_STEP}}, None, {"exists": False}],
            **ends,
        },
    }
