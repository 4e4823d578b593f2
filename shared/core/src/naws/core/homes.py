"""Where a resource lives: its account and region, as far as they are known at synthesis."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from naws.core.references import targets_of
from naws.core.stacks import account_of, kept, region_of
from naws.core.tokens import is_lookup_dummy, known

_ARN = re.compile(r"arn:[^:]+:[^:]+:(?P<region>[^:]*):(?P<account>[^:]*):")
_TOKEN = re.compile(r"\$\{Token\[[^\]]*\]\}")
_ZONE = re.compile(r"(?P<region>[a-z]{2}(?:-[a-z]+)+-\d)[a-z-]")

_ARNS = (
    *("certificate_arn", "cluster_arn", "db_proxy_arn", "event_bus_arn", "file_system_arn", "function_arn", "key_arn"),
    *("layer_version_arn", "listener_arn", "parameter_arn"),
    *("queue_arn", "role_arn", "secret_arn", "state_machine_arn", "table_arn", "topic_arn"),
)


@dataclass(frozen=True, kw_only=True)
class Home:
    """An account and a region; None for what is not known, or has none."""

    account: str | None = None
    region: str | None = None


def home_of_stack(account: str | None, region: str | None) -> Home:
    """The home of a stack with this account and region, each of which may be a token."""
    return Home(account=_known(account), region=_known(region))


def home_at(scope: Construct) -> Home:
    """That of the stack that `scope` is in."""
    return kept(scope, "home", lambda: home_of_stack(account_of(scope), region_of(scope)))


def home_foreseen(scope: Construct, env: Any) -> Home:
    """That of a stack or a stage that will be made in `scope`.

    Args:
        scope: an app, a stage or a stack.
        env: what it will be given: a `cdk.Environment`, a dict or nothing.
    """
    stage = scope if isinstance(scope, cdk.Stage) else cdk.Stage.of(scope)
    given = cast("dict[str, str | None]", env if isinstance(env, dict) else getattr(env, "_values", {}))
    account, region = (given.get(name) or getattr(stage, name, None) for name in ("account", "region"))
    return home_of_stack(account, region)


def home_of(resource: Any) -> Home:
    """The home of a resource, made here, in another stack, or imported; an import by its name counts as its stack's.

    An ARN that it was imported with is the better witness: CDK does not read all of them. One that only the deployment
    knows says nothing, while CDK takes the importing stack's account and region for its own.
    """
    if not hasattr(resource, "__dict__"):
        return _home_of(resource)
    return kept(resource, "home", lambda: _home_of(resource))


def _home_of(resource: Any) -> Home:
    env = getattr(resource, "env", None)
    if env is None:
        return Home()
    arn = next((str(getattr(resource, name)) for name in _ARNS if hasattr(resource, name)), "")
    if is_lookup_dummy(arn):
        return Home()  # CDK reads the account of its stand-in
    if _TOKEN.fullmatch(arn) and type(resource).__name__.endswith("Proxy"):  # jsii's, of what CDK imported
        return home_of_arn(arn)
    named = _ARN.match(arn)
    account, region = (named["account"], named["region"]) if named else ("", "")
    return Home(account=_known(account or env.account), region=_known(region or env.region))


def home_of_arn(arn: str) -> Home:
    """The home of the resource with this ARN, or with a token that stands for the ARN of something in this app.

    A parameter and a custom resource hold the ARN of anything.
    """
    named = _ARN.match(arn)
    if named is not None:
        return Home(account=_known(named["account"]), region=_known(named["region"]))
    target = next(targets_of(arn), None)
    if not isinstance(target, cdk.CfnResource) or _is_custom(target):
        return Home()
    stack = cdk.Stack.of(target)
    return Home(account=_known(stack.account), region=_known(stack.region))


def _is_custom(resource: cdk.CfnResource) -> bool:
    """Whether it is a custom resource, asked of Node only where CDK has no class of its own for it."""
    if type(resource) not in (cdk.CfnResource, cdk.CfnCustomResource):
        return False
    return resource.cfn_resource_type.startswith(("Custom::", "AWS::CloudFormation::CustomResource"))


def home_in_zones(resource: Any, zones: Iterable[str]) -> Home:
    """The home of a network, whose availability zones name their region even when it was imported without one."""
    home = home_of(resource)
    for zone in zones:
        named = _ZONE.match(zone) if known(zone) else None
        if named is not None:
            return Home(account=home.account, region=named["region"])
    return home


def can_change(role: iam.IRole) -> bool:
    """Whether statements that are added to a role reach its policy.

    A role that was imported with `mutable=False`, that belongs to another account, or whose `without_policy_updates`
    was called, is a stand-in of CDK's that takes every statement and drops it. Only its id shows what it is.
    One that has yet to be looked up counts as its stack's.
    """
    node = role.node
    if isinstance(role, iam.Role) or is_lookup_dummy(role.role_arn):
        return True
    beside = None if node.scope is None else node.scope.node.try_find_child(f"MutableRole{node.id}")
    return beside is None and not node.id.startswith("ImmutableRole")


def _known(value: str | None) -> str | None:
    return value if value and known(value) else None
