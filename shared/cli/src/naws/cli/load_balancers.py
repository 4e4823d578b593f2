"""Where the load balancers of a deployed stack answer requests, and how each is sent one."""

import re
from collections.abc import Iterator
from typing import Any

from naws.cli.embedded.load_balancer_urls import url_of
from naws.cli.stacks import EmbeddedStack

_FIRST_RULES = 3
_RESOURCE = re.compile(r"(/Resource)+$")
"""What CDK's own constructs are called in that which they are made for, and a pattern's construct in it, too."""


def paths_of(stack: EmbeddedStack) -> dict[str, str]:
    """The construct path of each load balancer of a stack, by its ARN."""
    named = stack.of_type("AWS::ElasticLoadBalancingV2::LoadBalancer")
    paths = stack.artifact.paths if named else {}
    return {arn: _RESOURCE.sub("", paths.get(name, name)).strip("/") for name, arn in named.items()}


def commands_of(stack: EmbeddedStack) -> Iterator[str]:
    """Lines of a shell that send requests to each listener of a stack, by its first rules and that of each service."""
    named = stack.of_type("AWS::ElasticLoadBalancingV2::Listener").values()
    client: Any = stack.aws.client("elbv2") if named else None
    for arn in named:
        listener = client.describe_listeners(ListenerArns=[arn])["Listeners"][0]
        balancer = listener["LoadBalancerArn"]
        name = client.describe_load_balancers(LoadBalancerArns=[balancer])["LoadBalancers"][0]["LoadBalancerName"]
        ports = [each["Port"] for each in client.describe_listeners(LoadBalancerArn=balancer)["Listeners"]]
        url = url_of(stack.aws.endpoint_url, name, listener["Port"], ports)
        rules = [each for each in client.describe_rules(ListenerArn=arn)["Rules"] if not each["IsDefault"]]
        rules.sort(key=lambda rule: int(rule["Priority"]))
        for host, path in dict.fromkeys(map(_host_and_path, _first_of_each(rules))) or [("", "/")]:
            # A host that a rule names leads to its load balancer by itself.
            yield f"curl -H 'Host: {host}' {stack.aws.endpoint_url}{path}" if host else f"curl {url}{path}"


def _first_of_each(rules: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The first rules, and of those that follow each one that leads where none before it does."""
    known: list[Any] = []
    for number, rule in enumerate(rules):
        to = [_groups(action) or action for action in rule.get("Actions", ())]
        if number < _FIRST_RULES or to not in known:
            yield rule
        known.append(to)


def _groups(action: dict[str, Any]) -> list[str]:
    """The target groups of an action, whatever their weights are now."""
    weighted = action.get("ForwardConfig", {}).get("TargetGroups", ())
    return sorted(each["TargetGroupArn"] for each in weighted) or [*filter(None, [action.get("TargetGroupArn")])]


def _host_and_path(rule: dict[str, Any]) -> tuple[str, str]:
    """A host and a path that meet a rule's conditions; what it does not ask for is empty or the root."""
    values = {each["Field"]: each.get("Values") or [""] for each in rule["Conditions"]}
    host = values.get("host-header", [""])[0].replace("*", "any").replace("?", "x")
    return host, values.get("path-pattern", [""])[0].replace("*", "").replace("?", "x") or "/"
