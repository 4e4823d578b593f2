"""Names of the resources in templates, and the refusal of names that exist already."""

import time
from collections.abc import Callable
from typing import Any

from naws.cli.embedded.departures.arns import name_of
from naws.cli.embedded.departures.json_values import is_object
from naws.cli.embedded.departures.patching import Original, before, bound, departure, patch, wrap
from naws.cli.embedded.departures.refusals import RefusedError, check_requests
from naws.cli.embedded.departures.services import (
    cfn_stacks,
    cloudformation,
    cloudwatch,
    dynamodb,
    ecr,
    ecs,
    events,
    here,
    iam,
    kms,
    logs,
    pipes,
    provisioners,
    scheduler,
    secretsmanager,
    sns,
    sqs,
    states,
)
from naws.cli.embedded.departures.templates import check_template, wrap_template

_Taken = Callable[[str, dict[str, Any]], bool]
_QUEUE_NAME_SECONDS = 60
_deleted_queues: dict[str, float] = {}
"""When each queue was deleted, by ARN, on the monotonic clock."""


def _key(module: Any, store: str) -> _Taken:
    return lambda name, _: name in getattr(module, store)


def _field(module: Any, store: str, field: str) -> _Taken:
    return lambda name, _: any(record[field] == name for record in getattr(module, store).values())


def _alarm(name: str, _: dict[str, Any]) -> bool:
    return name in cloudwatch._alarms or name in cloudwatch._composite_alarms


# Those of which MiniStack makes a second one instead of the first; it refuses a bucket, a bus, a parameter and a
# schedule itself. By type: the property that names it, and whether one of that name exists.
_NAMED: dict[str, tuple[str, _Taken]] = {
    "AWS::CloudWatch::Alarm": (
        "AlarmName",
        _alarm,
    ),
    "AWS::CloudWatch::CompositeAlarm": (
        "AlarmName",
        _alarm,
    ),
    "AWS::DynamoDB::Table": ("TableName", _key(dynamodb, "_tables")),
    "AWS::ECR::Repository": ("RepositoryName", _key(ecr, "_repositories")),
    "AWS::ECS::Cluster": ("ClusterName", _key(ecs, "_clusters")),
    "AWS::Events::Rule": (
        "Name",
        lambda name, given: events._rule_key(name, provisioners._eb_rule_bus_name(given)) in events._rules,
    ),
    "AWS::IAM::ManagedPolicy": ("ManagedPolicyName", _field(iam, "_policies", "PolicyName")),
    "AWS::IAM::Role": ("RoleName", _key(iam, "_roles")),
    "AWS::KMS::Alias": ("AliasName", lambda name, _: kms._alias_arn(name) in kms._aliases),
    "AWS::Logs::LogGroup": ("LogGroupName", _key(logs, "_log_groups")),
    "AWS::Pipes::Pipe": ("Name", _key(pipes, "_pipes")),
    "AWS::SNS::Topic": ("TopicName", _field(sns, "_topics", "name")),
    "AWS::SQS::Queue": ("QueueName", _key(sqs, "_queue_name_to_url")),
    "AWS::Scheduler::ScheduleGroup": ("Name", _key(scheduler, "_schedule_groups")),
    "AWS::SecretsManager::Secret": ("Name", _key(secretsmanager, "_secrets")),
    "AWS::StepFunctions::StateMachine": ("StateMachineName", _field(states, "_state_machines", "name")),
}


@departure("CloudFormation CLI User Guide, contract tests of resource types, contract_create_create (AlreadyExists)")
def taken_names() -> None:
    """A resource whose given name exists already, in whatever stack or in none, is not created: the stack fails."""
    for module in (provisioners, cfn_stacks):
        before(module, "_provision_resource", _check_new)
        before(module, "_update_resource", _check_change)


def _check_new(kind: str, _logical_id: str, properties: dict[str, Any], *_: Any) -> None:
    _check_change(kind, "", {}, properties)


def _check_change(kind: str, _physical_id: str, old: dict[str, Any], properties: dict[str, Any], *_: Any) -> None:
    naming, taken = _NAMED.get(kind, ("", None))
    name = properties.get(naming)
    if taken is not None and name and name != old.get(naming) and taken(name, properties):
        raise ValueError(f"Resource of type '{kind}' with identifier '{name}' already exists.")


@departure("CloudFormation User Guide, name type (a unique physical ID is generated for each resource)")
@patch(wrap, provisioners, "_physical_name")
def generated_names(original: Original, stack: str, logical_id: str, **options: Any) -> str:
    """A stack that is created again gives its resources other names, so it does not meet what its past retained."""
    stack_id = cloudformation._stacks.get(stack, {}).get("StackId", "")
    with bound(provisioners._NAME_SEED, provisioners._NAME_SEED.get() + stack_id):
        return original(stack, logical_id, **options)


@departure("SQS API, CreateQueue (QueueDeletedRecently)")
def deleted_queues() -> None:
    """The name of a deleted queue is free again after 60 seconds."""
    check_requests(sqs, "_act_create_queue", _check_age)
    wrap(sqs, "_act_delete_queue", _deleted)
    check_template("SQS::Queue", ("create",), _check_age)
    wrap_template("SQS::Queue", delete=_deleted)


def _queue_arn(name: str) -> str:
    return f"arn:aws:sqs:{here()}:{name}"


def _check_age(given: dict[str, Any], *_: Any) -> None:
    deleted = _deleted_queues.get(_queue_arn(given.get("QueueName", "")))
    if deleted is not None and time.monotonic() - deleted < _QUEUE_NAME_SECONDS:
        text = "You must wait 60 seconds after deleting a queue before you can create another with the same name."
        raise RefusedError(text, "QueueDeletedRecently")


def _deleted(original: Original, request: dict[str, Any] | str, *rest: Any) -> Any:
    """A template deletes by URL, a request is one for a URL."""
    url = str(request.get("QueueUrl", rest[0]) if is_object(request) else request)
    if name_of(url) in sqs._queue_name_to_url:
        _deleted_queues[_queue_arn(name_of(url))] = time.monotonic()
    return original(request, *rest)
