"""What resources of templates are called, and what of that name exists already."""
# ruff: noqa: SLF001  # departures replace MiniStack's private functions

import time
from collections.abc import Callable
from typing import Any

from naws.cli.embedded.departures.patching import before, departure, replace, service

_Taken = Callable[[str, dict[str, Any]], bool]
_QUEUE_NAME_SECONDS = 60
_deleted_queues: dict[str, float] = {}
"""When each queue was deleted, by ARN, on the monotonic clock."""


def _key(module: str, store: str) -> _Taken:
    return lambda name, _: name in getattr(service(module), store)


def _field(module: str, store: str, field: str) -> _Taken:
    return lambda name, _: any(record[field] == name for record in getattr(service(module), store).values())


def _rule(name: str, properties: dict[str, Any]) -> bool:
    bus = service("cloudformation.provisioners")._eb_rule_bus_name(properties)
    return service("eventbridge")._rule_key(name, bus) in service("eventbridge")._rules


def _alarm(name: str, _properties: dict[str, Any]) -> bool:
    return name in service("cloudwatch")._alarms or name in service("cloudwatch")._composite_alarms


def _alias(name: str, _properties: dict[str, Any]) -> bool:
    return service("kms")._alias_arn(name) in service("kms")._aliases


# Those of which MiniStack makes a second one in the place of the first; it refuses a bucket, a bus, a parameter and a
# schedule itself. By type: the property that names it, and whether one of that name exists.
_NAMED: dict[str, tuple[str, _Taken]] = {
    "AWS::CloudWatch::Alarm": ("AlarmName", _alarm),
    "AWS::CloudWatch::CompositeAlarm": ("AlarmName", _alarm),
    "AWS::DynamoDB::Table": ("TableName", _key("dynamodb", "_tables")),
    "AWS::ECR::Repository": ("RepositoryName", _key("ecr", "_repositories")),
    "AWS::ECS::Cluster": ("ClusterName", _key("ecs", "_clusters")),
    "AWS::Events::Rule": ("Name", _rule),
    "AWS::IAM::ManagedPolicy": ("ManagedPolicyName", _field("iam", "_policies", "PolicyName")),
    "AWS::IAM::Role": ("RoleName", _key("iam", "_roles")),
    "AWS::KMS::Alias": ("AliasName", _alias),
    "AWS::Logs::LogGroup": ("LogGroupName", _key("cloudwatch_logs", "_log_groups")),
    "AWS::Pipes::Pipe": ("Name", _key("pipes", "_pipes")),
    "AWS::SNS::Topic": ("TopicName", _field("sns", "_topics", "name")),
    "AWS::SQS::Queue": ("QueueName", _key("sqs", "_queue_name_to_url")),
    "AWS::Scheduler::ScheduleGroup": ("Name", _key("scheduler", "_schedule_groups")),
    "AWS::SecretsManager::Secret": ("Name", _key("secretsmanager", "_secrets")),
    "AWS::StepFunctions::StateMachine": ("StateMachineName", _field("stepfunctions", "_state_machines", "name")),
}


@departure(
    source="CloudFormation CLI User Guide, contract tests of resource types, contract_create_create (AlreadyExists)",
    replaces=(
        "cloudformation.provisioners._provision_resource",
        "cloudformation.provisioners._update_resource",
        "cloudformation.provisioners._eb_rule_bus_name",
        "cloudformation.stacks._provision_resource",
        "cloudformation.stacks._update_resource",
        "eventbridge._rule_key",
        "kms._alias_arn",
    ),
)
def taken_names() -> None:
    """A resource whose given name exists already, in whatever stack or in none, is not created: the stack fails."""

    def refuse_taken(resource_type: str, properties: dict[str, Any], old: dict[str, Any]) -> None:
        naming, taken = _NAMED.get(resource_type, ("", None))
        name = properties.get(naming)
        if taken is None or not name or name == old.get(naming):
            return
        if taken(name, properties):
            raise ValueError(f"Resource of type '{resource_type}' with identifier '{name}' already exists.")

    def creates(resource_type: str, _logical_id: str, properties: dict[str, Any], *_: Any) -> None:
        refuse_taken(resource_type, properties, {})

    def changes(resource_type: str, _physical_id: str, old: dict[str, Any], new: dict[str, Any], *_: Any) -> None:
        refuse_taken(resource_type, new, old)

    for module in ("cloudformation.provisioners", "cloudformation.stacks"):
        replace(service(module), "_provision_resource", before(creates))
        replace(service(module), "_update_resource", before(changes))


@departure(
    source="CloudFormation User Guide, name type (a unique physical ID is generated for each resource)",
    replaces=(
        "cloudformation._stacks",
        "cloudformation.provisioners._physical_name",
        "cloudformation.provisioners._NAME_SEED",
    ),
)
def generated_names() -> None:
    """A stack that is created again gives its resources other names, so it does not meet what its past retained."""
    seed = service("cloudformation.provisioners")._NAME_SEED

    def build(original: Any) -> Any:
        def physical_name(stack: str, logical_id: str, **options: Any) -> str:
            stack_id = service("cloudformation")._stacks.get(stack, {}).get("StackId", "")
            token = seed.set(seed.get() + stack_id)
            try:
                return original(stack, logical_id, **options)
            finally:
                seed.reset(token)

        return physical_name

    replace(service("cloudformation.provisioners"), "_physical_name", build)


@departure(
    source="SQS API, CreateQueue (QueueDeletedRecently)",
    replaces=(
        "cloudformation.provisioners._RESOURCE_HANDLERS",
        "sqs._act_create_queue",
        "sqs._act_delete_queue",
        "sqs._queue_name_to_url",
        "sqs._Err",
    ),
)
def deleted_queues() -> None:
    """The name of a deleted queue is free again after 60 seconds."""
    sqs = service("sqs")
    handlers = service("cloudformation.provisioners")._RESOURCE_HANDLERS["AWS::SQS::Queue"]

    def arn(name: str) -> str:
        return f"arn:aws:sqs:{sqs.get_region()}:{sqs.get_account_id()}:{name}"

    def refuse_recent(name: str) -> None:
        deleted = _deleted_queues.get(arn(name))
        if deleted is not None and time.monotonic() - deleted < _QUEUE_NAME_SECONDS:
            reason = "You must wait 60 seconds after deleting a queue before you can create another with the same name."
            raise sqs._Err("QueueDeletedRecently", reason)

    def api_creates(data: dict[str, Any], _url: str) -> None:
        refuse_recent(data.get("QueueName", ""))

    def api_deletes(data: dict[str, Any], url: str) -> None:
        template_deletes(data.get("QueueUrl", url))

    def template_creates(_logical_id: str, properties: dict[str, Any], *_: Any) -> None:
        refuse_recent(properties.get("QueueName", ""))

    def template_deletes(url: str, *_: Any) -> None:
        name = url.rsplit("/", 1)[-1]
        if name in sqs._queue_name_to_url:
            _deleted_queues[arn(name)] = time.monotonic()

    replace(sqs, "_act_create_queue", before(api_creates))
    replace(sqs, "_act_delete_queue", before(api_deletes))
    handlers["create"] = before(template_creates)(handlers["create"])
    handlers["delete"] = before(template_deletes)(handlers["delete"])
