"""Rules about the built thing: CDK asks them when the app is synthesised, after everything that a user added."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import aws_cdk as cdk
import jsii
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from constructs import Construct, IValidation

from naws.core.checks import acknowledgement_issues
from naws.core.issues import Issue
from naws.core.rules.built import (
    BUILT_RULES,
    NETWORK_RULES,
    STACK_RULES,
    TASK_RULES,
    BuiltNetwork,
    BuiltStack,
    BuiltTask,
)
from naws.ecs_task_processor.checks import CHECKS


@dataclass(frozen=True, kw_only=True)
class Built:
    """What is looked at.

    Attributes:
        scope: the pattern.
        task: its task definition.
        vpc: where its tasks run.
        subnet_ids: in which subnets.
        acknowledge: practices that the user accepted.
    """

    scope: Construct
    task: ecs.FargateTaskDefinition
    vpc: ec2.IVpc
    subnet_ids: Sequence[str]
    acknowledge: Mapping[str, str]


def watch_built(built: Built) -> None:
    """Have CDK ask when it synthesises: errors end the synthesis, advice becomes warnings."""
    built.scope.node.add_validation(_Validation(built))


@jsii.implements(IValidation)
class _Validation:
    def __init__(self, built: Built) -> None:
        self._built = built

    def validate(self) -> list[str]:
        """The errors, as CDK takes them."""
        found = list(_found(self._built))
        accepted = self._built.acknowledge
        late = {code: reason for code, reason in accepted.items() if code in {rule.code for rule in BUILT_RULES}}
        wrong = acknowledgement_issues(late, CHECKS, found, built=True)
        for issue in found:
            if issue.level == "advice" and issue.code not in accepted:
                text = f"{issue.path} = {issue.value}: expected {issue.expected}; {issue.remedy}"
                cdk.Annotations.of(self._built.scope).add_warning_v2(issue.code, text)
        refused = [
            each
            for each in found
            if each.level == "limit" or (each.level, each.code in accepted) == ("practice", False)
        ]
        return [f"\n{issue.render()}" for issue in (*refused, *wrong)]


def _found(built: Built) -> list[Issue]:
    task, network, stack = _task(built), _network(built), _stack(built)
    return [
        *(issue for rule in TASK_RULES for issue in rule.issues(task)),
        *(issue for rule in NETWORK_RULES for issue in rule.issues(network)),
        *(issue for rule in STACK_RULES for issue in rule.issues(stack)),
    ]


def _task(built: Built) -> BuiltTask:
    resource = cast("ecs.CfnTaskDefinition", built.task.node.default_child)
    properties: dict[str, Any] = {
        "memory": resource.memory,
        "containerDefinitions": resource.container_definitions,
        "runtimePlatform": resource.runtime_platform,
    }
    return BuiltTask(path=built.scope.node.path, resource=cdk.Stack.of(built.scope).resolve(properties))


def _network(built: Built) -> BuiltNetwork:
    isolated = _isolated(built.vpc)
    return BuiltNetwork(
        path="vpc",
        vpc_id=built.vpc.vpc_id,
        isolated=bool(isolated) and set(built.subnet_ids) <= isolated,
        endpoints=_endpoints(built) if isolated else (),
    )


def _isolated(vpc: ec2.IVpc) -> set[str]:
    """The subnets without a way out, of a VPC that is made here; of another nothing is known."""
    return {subnet.subnet_id for subnet in vpc.isolated_subnets} if isinstance(vpc, ec2.Vpc) else set()


def _endpoints(built: Built) -> list[str]:
    everything = (each for each in cdk.Stack.of(built.vpc).node.find_all() if isinstance(each, ec2.CfnVPCEndpoint))
    services = (each.service_name for each in everything if each.vpc_endpoint_type == "Interface")
    return [_text(cdk.Stack.of(built.vpc).resolve(service)) for service in services]


def _text(service: Any) -> str:
    """A service's name; its region may be joined in."""
    match service:
        case {"Fn::Join": [_, [*_, last]]}:
            return str(last)
        case _:
            return str(service)


def _stack(built: Built) -> BuiltStack:
    stack = cdk.Stack.of(built.scope)
    own = [each for each in stack.node.find_all() if isinstance(each, cdk.CfnResource) and cdk.Stack.of(each) is stack]
    return BuiltStack(path=stack.node.path, resources=len(own))
