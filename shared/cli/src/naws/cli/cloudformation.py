"""One stack through CloudFormation: created, or changed in place when it exists."""

import time
from collections.abc import Callable, Iterator
from typing import Any

from naws.cli.assembly import StackArtifact
from naws.cli.aws import Aws
from naws.cli.destinations import file_destinations
from naws.cli.errors import CliError

# CreateStack's own limit for TemplateBody; a larger template goes through S3.
_BODY_BYTES = 51_200
_POLL_SECONDS = 0.25
_CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
_GOOD = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"}
_REPLACED_WHOLLY = {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"}


Event = dict[str, Any]
"""One event of a stack, as DescribeStackEvents returns it."""


def deploy_stack(stack: StackArtifact, aws: Aws, report: Callable[[Event], None]) -> dict[str, str]:
    """Create or update the stack and wait for the end.

    Returns:
        The stack's outputs.

    Raises:
        CliError: CloudFormation refused it or rolled back; the detail names each failed resource, its construct path
            and the reason.
    """
    cloudformation = aws.client("cloudformation")
    seen = {event["EventId"] for event in _events(cloudformation, stack.name)}
    try:
        changed = _submit(cloudformation, stack, aws)
    except cloudformation.exceptions.ClientError as error:
        raise CliError(f"CloudFormation refuses {stack.name}.", error.response["Error"]["Message"]) from error
    failures: list[Event] = []
    while changed:
        status = _describe(cloudformation, stack.name)["StackStatus"]
        for event in _new_events(cloudformation, stack.name, seen):
            report(event)
            if event["ResourceStatus"].endswith("_FAILED") and event["LogicalResourceId"] != stack.name:
                failures.append(event)
        if not status.endswith("_IN_PROGRESS") or status in _GOOD:
            break
        time.sleep(_POLL_SECONDS)
    described = _describe(cloudformation, stack.name)
    if described["StackStatus"] not in _GOOD:
        raise CliError(
            f"{stack.name} was not deployed: {described['StackStatus']}.", _explain(stack, failures, described)
        )
    return {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}


def physical_ids(aws: Aws, stack_name: str) -> dict[str, tuple[str, str]]:
    """Type and physical id of each resource of a deployed stack, by logical id."""
    pages = aws.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack_name)
    return {
        one["LogicalResourceId"]: (one["ResourceType"], one.get("PhysicalResourceId", ""))
        for page in pages
        for one in page["StackResourceSummaries"]
    }


def _submit(cloudformation: Any, stack: StackArtifact, aws: Aws) -> bool:
    existing = _describe(cloudformation, stack.name)
    if existing and existing["StackStatus"] in _REPLACED_WHOLLY:
        _delete(cloudformation, stack, existing["StackId"])
        existing = None
    request = {
        "StackName": stack.name,
        "Parameters": [{"ParameterKey": k, "ParameterValue": v} for k, v in stack.parameters.items()],
        "Tags": [{"Key": k, "Value": v} for k, v in stack.tags.items()],
        "Capabilities": _CAPABILITIES,
        **_template(stack, aws),
    }
    if not existing:
        cloudformation.create_stack(**request)
        return True
    try:
        cloudformation.update_stack(**request)
    except cloudformation.exceptions.ClientError as error:
        if "No updates are to be performed" in str(error):
            return False
        raise
    return True


def _delete(cloudformation: Any, stack: StackArtifact, stack_id: str) -> None:
    seen = {event["EventId"] for event in _events(cloudformation, stack_id)}
    cloudformation.delete_stack(StackName=stack_id)
    while (status := _describe(cloudformation, stack_id)["StackStatus"]) == "DELETE_IN_PROGRESS":
        time.sleep(_POLL_SECONDS)
    if status == "DELETE_COMPLETE":
        return
    events = (each for each in _new_events(cloudformation, stack_id, seen) if each["LogicalResourceId"] != stack.name)
    detail = _explain(stack, [each for each in events if each["ResourceStatus"] == "DELETE_FAILED"], {})
    raise CliError(f"{stack.name} was not deployed: what is left of it cannot be deleted.", detail)


def _template(stack: StackArtifact, aws: Aws) -> dict[str, str]:
    if len(stack.template_text.encode()) <= _BODY_BYTES:
        return {"TemplateBody": stack.template_text}
    own = stack.artifact["properties"]["templateFile"]
    for asset in stack.assets["files"].values():
        if asset["source"].get("path") == own:
            bucket, key = file_destinations(asset, aws.target)[0]
            return {"TemplateURL": f"{aws.endpoint_url}/{bucket}/{key}"}
    raise CliError(f"The template of {stack.name} is larger than 51,200 bytes and not among its assets.")


def _describe(cloudformation: Any, name: str) -> Any:
    try:
        return cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    except cloudformation.exceptions.ClientError as error:
        if "does not exist" in str(error):
            return None
        raise


def _events(cloudformation: Any, name: str) -> list[Event]:
    if not _describe(cloudformation, name):
        return []
    pages = cloudformation.get_paginator("describe_stack_events").paginate(StackName=name)
    return [event for page in pages for event in page["StackEvents"]]


def _new_events(cloudformation: Any, name: str, seen: set[str]) -> Iterator[Event]:
    # CloudFormation lists the newest first.
    for event in reversed(_events(cloudformation, name)):
        if event["EventId"] not in seen:
            seen.add(event["EventId"])
            yield event


def _explain(stack: StackArtifact, failures: list[Event], described: Any) -> str:
    causes = [each for each in failures if "cancelled" not in each.get("ResourceStatusReason", "")] or failures
    if not causes:
        return described.get("StackStatusReason", "")
    return "\n".join(f"{_named(stack, each)}\n  {each.get('ResourceStatusReason', '')}" for each in causes)


def _named(stack: StackArtifact, failure: Event) -> str:
    path = stack.paths.get(failure["LogicalResourceId"])
    return f"{failure['LogicalResourceId']} ({failure['ResourceType']})" + (f" at {path}" if path else "")
