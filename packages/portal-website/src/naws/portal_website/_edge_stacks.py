"""Where the things of a website stand that AWS wants in us-east-1: in its stack, or in two others beside it.

    Portal-eu-west-1-Edge              certificate, web ACL          what the distribution needs
    Portal                             the distribution
    Portal-eu-west-1-EdgeOperations    alarms, access logs           what needs the distribution

With the region in their names: a stack of the same name in another region has two of its own. A `ServiceStage` has one
pair for the websites of its account, and a stack of another account in it has its own. Two, because a stack cannot be
both before and after another one. What goes from one to the next is an output that CloudFormation reads in the other
region (`Fn::GetStackOutput`), whatever the app has for its own references: an export that is in use could not be
changed, and a certificate for one more name has another ARN.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

import aws_cdk as cdk
from constructs import Construct, IConstruct

from naws.core import PatternContext
from naws.core.authoring import (
    PATTERN_TAG,
    asked,
    fitting,
    id_of,
    kept,
    node_of,
    path_of,
    shared,
    shortened,
    stack_of,
    stage_of,
)
from naws.portal_website.plan import EDGE_REGION

When = Literal["before", "after"]
_IDS: Mapping[When, str] = {"before": "Edge", "after": "EdgeOperations"}
_LONGEST = 128
"""Characters of a stack's name. Source: CloudFormation API, CreateStack."""


def edge_scope(scope: Construct, context: PatternContext, when: When, pattern_name: str) -> Construct:
    """Where such things are made: `scope` itself in us-east-1, else a construct in a stack there.

    Args:
        scope: the website, in a stack whose region is known.
        context: the conventions, and where its stack is.
        when: before the distribution, or after it.
        pattern_name: what they are tagged with.
    """
    if context.home.region == EDGE_REGION:
        return scope
    return kept(scope, f"edge {when}", lambda: _apart(scope, context, when, pattern_name))


def naming_there(context: PatternContext) -> PatternContext:
    """What names alarms in us-east-1: with the region of the website, in which no other one has its name."""
    region, prefix = context.home.region, context.conventions.name_prefix
    if prefix is None or region in {None, EDGE_REGION}:
        return context
    return replace(context, conventions=replace(context.conventions, name_prefix=f"{prefix}-{region}"))


def passed(consumer: IConstruct, producer: cdk.CfnResource, name: str, value: str) -> str:
    """A value of a resource, for what may be in the stack of another region.

    Args:
        consumer: what needs it.
        producer: what has it.
        name: of the output, in letters and digits.
        value: such as its ARN.
    """
    here, there = stack_of(consumer), stack_of(producer)
    if here is there or asked(here, "stack_id") == asked(there, "stack_id"):
        return value
    output = kept(producer, f"output {name}", lambda: cdk.CfnOutput(producer, name, value=value))
    here.add_stack_dependency(there)
    return cdk.Fn.get_stack_output(there.stack_name, str(here.resolve(output.logical_id)), asked(there, "region"))


def _apart(scope: Construct, context: PatternContext, when: When, pattern_name: str) -> Construct:
    stack, stage = stack_of(scope), stage_of(scope)
    path = path_of(scope).removeprefix(f"{path_of(stack)}/").replace("/", "-")
    # What is passed on is read in the account of the reader.
    if stage is not None and stage.home.account == context.home.account:
        edge = stage.edge if when == "before" else stage.edge_operations
        path = f"{id_of(stack)}-{path}"
    else:
        edge = kept(stack, f"edge {when}", lambda: _beside(stack, context, when))
    holder = shared(edge, path, lambda made: Construct(made, path))
    cdk.Tags.of(holder).add(PATTERN_TAG, pattern_name)
    return holder


def _beside(stack: cdk.Stack, context: PatternContext, when: When) -> cdk.Stack:
    """A stack beside the website's, with the conventions that hold there."""
    parent = node_of(stack).scope
    if parent is None:
        raise RuntimeError(f"{path_of(stack)} is not in an app")
    env = cdk.Environment(account=asked(stack, "account"), region=EDGE_REGION)
    own = f"{context.home.region}-{_IDS[when]}"
    made = cdk.Stack(parent, f"{id_of(stack)}-{own}", env=env, stack_name=_name(stack, own))  # pyright: ignore[reportArgumentType]  # a stack's parent is a construct
    context.conventions.apply(made)
    return made


def _name(stack: cdk.Stack, what: str) -> str:
    """After the name under which the stack is deployed: one app may be deployed twice, as `portal-test` and more.

    That of a nested stack only its deployment knows: there it is its parent's, and its path in it.
    """
    top = stack
    while (parent := top.nested_stack_parent) is not None:
        top = parent
    path = shortened(path_of(stack).removeprefix(path_of(top)), _LONGEST)
    name = f"{top.stack_name}-{path}" if path else top.stack_name
    return f"{fitting(name, _LONGEST - len(what) - 1)}-{what}"
