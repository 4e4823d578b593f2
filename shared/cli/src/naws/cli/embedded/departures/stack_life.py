"""Stacks over their lives: created, failed, destroyed and created again."""
# ruff: noqa: SLF001  # departures replace MiniStack's private functions

from collections.abc import Callable, Iterator
from typing import Any

from naws.cli.embedded.departures.patching import before, departure, replace, service

_WITHOUT_RESOURCES = ("DELETE_COMPLETE", "ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS")


@departure(
    source="CloudFormation User Guide, stack status codes, ROLLBACK_COMPLETE (can only be deleted)",
    replaces=(
        "cloudformation._stacks",
        "cloudformation.handlers._create_stack",
        "cloudformation.handlers._create_change_set",
        "cloudformation.handlers._p",
        "cloudformation.handlers._error",
    ),
)
def failed_creation() -> None:
    """A stack whose creation failed holds its name until it is deleted."""
    handlers = service("cloudformation.handlers")

    def build(original: Any) -> Any:
        def create(params: Any) -> Any:
            stack = handlers._resolve_stack(handlers._p(params, "StackName"))
            creates = handlers._p(params, "ChangeSetType", "UPDATE" if "ChangeSetName" in params else "CREATE")
            if stack and stack["StackStatus"] == "ROLLBACK_COMPLETE":
                if creates == "CREATE":
                    return handlers._error("AlreadyExistsException", f"Stack [{stack['StackName']}] already exists")
                reason = f"Stack:{stack['StackId']} is in ROLLBACK_COMPLETE state and can not be updated."
                return handlers._error("ValidationError", reason)
            return original(params)

        return create

    for name in ("_create_stack", "_create_change_set"):
        replace(handlers, name, build)


@departure(
    source="CloudFormation User Guide, Get exported outputs (unique names; not modified while imported)",
    replaces=(
        "cloudformation._stacks",
        "cloudformation._exports",
        "cloudformation.stacks._resolve_stack_outputs",
        "cloudformation.handlers._imported_export_names",
    ),
)
def exports_in_use() -> None:
    """An update that changes or removes an export in use is rolled back, and no two stacks export one name."""

    def build(original: Any) -> Any:
        def resolve(*arguments: Any) -> Any:
            outputs, exports = original(*arguments)
            stack_id: str = arguments[-1]
            known = service("cloudformation")._exports
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

        return resolve

    replace(service("cloudformation.stacks"), "_resolve_stack_outputs", build)


def _importers(export: str, own: str) -> Iterator[str]:
    for name, stack in service("cloudformation")._stacks.items():
        if stack["StackId"] == own or stack["StackStatus"] in _WITHOUT_RESOURCES:
            continue
        if export in service("cloudformation.handlers")._imported_export_names(stack, name):
            yield name


@departure(
    source="S3 API, DeleteBucket (BucketNotEmpty); ECS API, DeleteCluster (ClusterContainsTasksException)",
    replaces=("cloudformation.provisioners._RESOURCE_HANDLERS", "s3._bucket_has_versions", "ecs._tasks"),
)
def full_things() -> None:
    """A bucket with objects and a cluster with tasks are not deleted: the deletion of their stack fails."""
    handlers = service("cloudformation.provisioners")._RESOURCE_HANDLERS

    def guard(resource_type: str, full: Callable[[str], bool], reason: str) -> None:
        def deletes(physical_id: str, _properties: Any) -> None:
            if full(physical_id):
                raise ValueError(reason)

        handlers[resource_type]["delete"] = before(deletes)(handlers[resource_type]["delete"])

    def has_objects(bucket: str) -> bool:
        s3 = service("s3")
        return bool(s3._buckets.get(bucket, {}).get("objects")) or s3._bucket_has_versions(bucket)

    def has_tasks(cluster: str) -> bool:
        tasks = service("ecs")._tasks.values()
        return any(t["clusterArn"].endswith(f"/{cluster}") and t["lastStatus"] != "STOPPED" for t in tasks)

    guard("AWS::S3::Bucket", has_objects, "The bucket you tried to delete is not empty")
    guard("AWS::ECS::Cluster", has_tasks, "The Cluster cannot be deleted while Tasks are active.")
