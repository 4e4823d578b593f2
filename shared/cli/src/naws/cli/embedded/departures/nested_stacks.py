"""What is to be seen of a stack that is nested in another."""

from typing import Any

from naws.cli.embedded.departures.patching import Original, departure, patch, wrap
from naws.cli.embedded.departures.services import cfn_handlers, cloudformation


@departure("CloudFormation API Reference, Stack and StackSummary (ParentId, RootId)")
@patch(wrap, cfn_handlers, "_stack_drift_information_xml")  # the last of what each stack's entry has, in both answers
def parents_of_nested_stacks(original: Original, stack: dict[str, Any]) -> str:
    """DescribeStacks and ListStacks have the direct parent of a nested stack, and the outermost stack."""
    if not stack.get("ParentId"):
        return original(stack)
    root = stack
    while above := cloudformation._stacks.get(root.get("_parent_stack_name")):
        root = above
    return f"{original(stack)}<ParentId>{stack['ParentId']}</ParentId><RootId>{root['StackId']}</RootId>"
