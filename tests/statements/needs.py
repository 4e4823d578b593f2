"""Which exercises a statement is for, and which statements an AWS page demands though nothing here can miss them."""

import re
from typing import NamedTuple

from policies import Statement, actions

# By what the statement says: kind, path, Sid and actions. The first that fits; when none of its exercises misses the
# statement, all of them are run.
_NEEDED = {
    r"^trust .*ExecutionRole|^trust .*TaskRole": ["run by hand"],
    r"^trust .*SchedulerRole": ["schedule fires"],
    r"^trust .*PipesRole": ["message starts a run"],
    r"^trust .*LeaseReaper.*StarterRole": ["reaper gives back a lease"],
    r"^trust .*EventsRole": ["object starts a run", "event starts a run"],
    r"^trust ": ["workflow can be updated"],
    r"^topic .*AlarmsPublish|^queue .*Told": ["alarm is told"],
    r"^queue .*FailureQueue": ["aborted run is kept"],
    r"^queue .*TakeFromRules": [
        "end that cannot be kept is a dead letter",
        "object that cannot start is a dead letter",
        "event that cannot start is a dead letter",
    ],
    r"^queue .*LeaseReaperEnds": ["end that cannot start the reaper is a dead letter"],
    r"^key \S*DataKey ": ["program uses what it is bound to"],
    r"^key .*kms:\*": ["large payload"],
    r"^key .*logs\.": ["log group under the key"],
    r"^key .*events\.": ["aborted run is kept"],
    r"^key .*(sns|cloudwatch)\.": ["alarm is told"],
    r"logs:(?!CreateLogStream|PutLogEvents)|events:(PutRule|PutTargets|DescribeRule)": ["workflow can be updated"],
    r"xray:": ["traces are written"],
    r"states:GetExecutionHistory|ecs:StopTask": ["attempt times out"],
    r"states:StopExecution": ["aborted run is kept"],
    r"states:ListExecutions": ["reaper reconciles"],
    r"LeaseReaper.*StarterRole": ["reaper gives back a lease"],
    r"LeaseReaper": ["reaper gives back a lease", "reaper reconciles"],
    r"SchedulerRole.*states:": ["schedule fires"],
    r"SchedulerRole": ["schedule that cannot start is a dead letter"],
    r"EventsRole": ["object starts a run", "event starts a run"],
    r"PipesRole": ["message starts a run"],
    r"cloudwatch:PutMetricData": ["outcomes are counted"],
    r"WriteResults": ["results are written"],
    r"TaskRole.*(PutObject|ListBucket|GenerateDataKey|GetSecretValue|rates/)": ["program uses what it is bound to"],
    r"Payloads|TaskRole": ["large payload"],
    r"sqs:SendMessage": ["failure is kept"],
    r"WorkflowRole.*kms:": ["failure is kept", "large payload"],
    r"": ["run by hand"],
}


class Page(NamedTuple):
    """An AWS page that demands a statement.

    Attributes:
        url: Where.
        reason: Why nothing here can miss it.
    """

    url: str
    reason: str


_DEMANDED: dict[str, Page] = {
    r"ExecutionRole  ecr:BatchCheckLayerAvailability *$": Page(
        "https://docs.aws.amazon.com/batch/latest/userguide/execution-IAM-role.html",
        "the required permissions of an execution role have it; here no image is pulled layer by layer",
    ),
    r"^queue .*LeaseReaperHourly": Page(
        "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html",
        "a rule's dead-letter queue lets it send; this rule fires every hour, and no exercise waits for it",
    ),
    r"WatchAndStopItems": Page(
        "https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html",
        "least privileges of a Distributed Map; the page does not say which of its calls needs them, so none asks here",
    ),
}


def needed_by(statement: Statement) -> list[str]:
    """Names of the exercises that would need it."""
    return next(names for pattern, names in _NEEDED.items() if re.search(pattern, _text(statement)))


def demanded(statement: Statement) -> Page | None:
    """The page that demands it, where no exercise can."""
    return next((page for pattern, page in _DEMANDED.items() if re.search(pattern, _text(statement))), None)


def _text(statement: Statement) -> str:
    document, policy = statement.document, statement.policy
    principal = document.get("Principal", "") if policy.kind != "trust" else ""
    about = statement.action or " ".join(actions(document))
    condition = document.get("Condition", "")
    return f"{policy.kind} {policy.path} {document.get('Sid', '')} {about} {principal} {condition}"
