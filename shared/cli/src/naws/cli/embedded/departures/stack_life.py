"""Stacks over their lives: created, failed, destroyed and created again."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from naws.cli.embedded.departures.arns import name_of
from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.patching import Original, departure, patch, wrap
from naws.cli.embedded.departures.refusals import RefusedError, check_requests
from naws.cli.embedded.departures.services import (
    cfn_handlers,
    cfn_stacks,
    cloudformation,
    cognito,
    dynamodb,
    ecs,
    s3,
)
from naws.cli.embedded.departures.templates import wrap_template

_WITHOUT_RESOURCES = ("DELETE_COMPLETE", "ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS")


@departure("CloudFormation User Guide, stack status codes, ROLLBACK_COMPLETE (can only be deleted)")
@patch(wrap, cfn_handlers, ("_create_stack", "_create_change_set"))
def failed_creation(original: Original, params: Any) -> Any:
    """A stack whose creation failed holds its name until it is deleted."""
    stack = cfn_handlers._resolve_stack(cfn_handlers._p(params, "StackName"))
    creates = cfn_handlers._p(params, "ChangeSetType", "UPDATE" if "ChangeSetName" in params else "CREATE")
    if not stack or stack["StackStatus"] != "ROLLBACK_COMPLETE":
        return original(params)
    if creates == "CREATE":
        return cfn_handlers._error("AlreadyExistsException", f"Stack [{stack['StackName']}] already exists")
    reason = f"Stack:{stack['StackId']} is in ROLLBACK_COMPLETE state and can not be updated."
    return cfn_handlers._error("ValidationError", reason)


@departure("CloudFormation User Guide, Get exported outputs (unique names; not modified while imported)")
@patch(wrap, cfn_stacks, "_resolve_stack_outputs")
def exports_in_use(original: Original, *arguments: Any) -> Any:
    """An update that changes or removes an export in use is rolled back, and no two stacks export one name."""
    outputs, exports = original(*arguments)
    stack_id: str = arguments[-1]
    known = cloudformation._exports
    for name, export in list(known.items()):
        if export["StackId"] != stack_id:
            if name in exports:
                owner = export["StackId"].split("/")[1]
                raise ValueError(f"Export with name {name} is already exported by stack {owner}")
        elif name not in exports or exports[name]["Value"] != export["Value"]:
            for importer in _importers(name, stack_id):
                what = "updated" if name in exports else "deleted"
                raise ValueError(f"Export {name} cannot be {what} as it is in use by {importer}")
    # Nothing can fail any more; MiniStack adds exports, but leaves those that the template no longer has.
    for name in [name for name, export in known.items() if export["StackId"] == stack_id]:
        del known[name]
    return outputs, exports


def _importers(export: str, own: str) -> Iterator[str]:
    for name, stack in cloudformation._stacks.items():
        if stack["StackId"] == own or stack["StackStatus"] in _WITHOUT_RESOURCES:
            continue
        if export in cfn_handlers._imported_export_names(stack, name):
            yield name


@departure("S3 API, DeleteBucket (BucketNotEmpty); ECS API, DeleteCluster (ClusterContainsTasksException)")
def full_things() -> None:
    """A bucket with objects and a cluster with tasks are not deleted: the deletion of their stack fails."""
    wrap_template("S3::Bucket", delete=_empty_bucket)
    wrap_template("ECS::Cluster", delete=_idle_cluster)


def _empty_bucket(original: Original, bucket: str, properties: Any) -> None:
    if s3._buckets.get(bucket, {}).get("objects") or s3._bucket_has_versions(bucket):
        raise ValueError("The bucket you tried to delete is not empty")
    original(bucket, properties)


def _idle_cluster(original: Original, cluster: str, properties: Any) -> None:
    tasks = ecs._tasks.values()
    if any(name_of(task["clusterArn"]) == cluster and task["lastStatus"] != "STOPPED" for task in tasks):
        raise ValueError("The Cluster cannot be deleted while Tasks are active.")
    original(cluster, properties)


@departure(
    "Amazon Cognito Developer Guide, 'User pool deletion protection', and API Reference, DeleteUserPool; DynamoDB "
    "Developer Guide, 'Using deletion protection'; the sentences are those of AWS's answers in public repositories "
    "(2024-08, 2026-09)"
)
def protected_things() -> None:
    """A table or a user pool that is protected is deleted neither by request nor with its stack.

    A user pool that has a domain is not deleted either.
    """
    check_requests(cognito, "_delete_user_pool", _pool_asked_for)
    check_requests(dynamodb, "_delete_table", _table_asked_for)
    wrap_template("Cognito::UserPool", delete=partial(_deleted, _check_pool))
    for kind in ("DynamoDB::Table", "DynamoDB::GlobalTable"):
        wrap_template(kind, delete=partial(_deleted, _check_table))


def _deleted(check: Callable[[str], None], original: Original, physical_id: str, properties: Any) -> None:
    check(physical_id)
    original(physical_id, properties)


def _pool_asked_for(request: dict[str, Any]) -> None:
    _check_pool(str(request.get("UserPoolId")))


def _table_asked_for(request: dict[str, Any]) -> None:
    _check_table(str(dynamodb._normalize_table_name(request.get("TableName"))))


def _check_pool(pool_id: str) -> None:
    pool = members(cognito._user_pools.get(pool_id))
    if pool.get("DeletionProtection") == "ACTIVE":
        text = "The user pool cannot be deleted because deletion protection is activated."
        raise RefusedError(f"{text} Deletion protection must be inactivated first.", "InvalidParameterException")
    if pool.get("Domain") or pool.get("CustomDomain"):
        text = "User pool cannot be deleted. It has a domain configured that should be deleted first."
        raise RefusedError(text, "InvalidParameterException")


def _check_table(name: str) -> None:
    if members(dynamodb._tables.get(name)).get("DeletionProtectionEnabled"):
        text = "Resource cannot be deleted as it is currently protected against deletion."
        raise RefusedError(f"{text} Disable deletion protection first.")


@departure(
    "CloudFormation Template Reference, AWS::CloudFormation::CustomResource, ServiceToken (Updates are not supported); "
    "the sentence is that of AWS's answers in public repositories (2020-01, 2023-03)"
)
@patch(wrap, cfn_stacks, "_update_resource")
def changed_providers(original: Original, kind: str, physical_id: str, old: Any, new: Any, *more: Any) -> Any:
    """A custom resource keeps what answers for it: an update with another `ServiceToken` fails, and asks nobody."""
    custom = kind.startswith("Custom::") or kind == "AWS::CloudFormation::CustomResource"
    if not custom or old.get("ServiceToken") == new.get("ServiceToken"):
        return original(kind, physical_id, old, new, *more)
    if cloudformation._stacks[more[0]]["StackStatus"] == "UPDATE_ROLLBACK_IN_PROGRESS":
        return physical_id, {}  # nothing was asked, and so there is nothing to undo
    raise ValueError("Modifying service token is not allowed.")
