"""Services of containers, what sends them requests, and what scales them: they run, and as they are declared."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from naws.cli.checkers.facts import Fact, Resource, compared, joined, stated, status, switched
from naws.core.parsed_json import is_object

_MISSING = Fact("not there", good=False)
_UNCHECKED = "Target.HealthCheckDisabled"
_FREE = 8
"""Addresses. Source: Application Load Balancers, Subnets for your load balancer."""
_SUSPENDED = {
    "DynamicScalingInSuspended": "scaling in",
    "DynamicScalingOutSuspended": "scaling out",
    "ScheduledScalingSuspended": "scheduled scaling",
}


def service(resource: Resource) -> Iterator[Fact]:
    """ECS, a service: its last deployment is done, with the task definition that is declared, and its tasks run."""
    name = resource.given("Cluster") or "default"
    services = resource.client("ecs").describe_services(cluster=name, services=[resource.id])["services"]
    if not services:
        yield _MISSING
        return
    found = services[0]
    yield status(found["status"], "ACTIVE")
    for deployment in found.get("deployments", ()):
        # Other deployment controllers than ECS's own have no such state.
        if deployment["status"] == "PRIMARY" and deployment.get("rolloutState"):
            completed = deployment["rolloutState"] == "COMPLETED"
            reason = deployment.get("rolloutStateReason")
            state = stated(deployment["rolloutState"], "COMPLETED", reason)
            yield Fact(f"rollout {state.text}", good=completed)
    # A deployment that was rolled back is completed, with the task definition before.
    declared = resource.given("TaskDefinition")
    yield from compared("task definition", _last(found.get("taskDefinition")), _last(declared))
    running, desired = found["runningCount"], found["desiredCount"]
    yield Fact(f"{running} of {desired} tasks run", good=running >= desired)
    breaker = found.get("deploymentConfiguration", {}).get("deploymentCircuitBreaker", {})
    path = ("DeploymentConfiguration", "DeploymentCircuitBreaker")
    yield from switched(
        resource, "stopped by the circuit breaker when it fails", bool(breaker.get("enable")), *path, "Enable"
    )
    yield from switched(resource, "rolled back when it fails", bool(breaker.get("rollback")), *path, "Rollback")


def _last(arn: Any) -> str | None:
    """Family and revision of a task definition; a family alone is no revision to compare with."""
    name = str(arn or "").rpartition("/")[2]
    return name if ":" in name else None


def load_balancer(resource: Resource) -> Iterator[Fact]:
    """Elastic Load Balancing: active, for whom it is declared, protected when it is declared."""
    client = resource.client("elbv2")
    found = client.describe_load_balancers(LoadBalancerArns=[resource.id])["LoadBalancers"][0]
    yield stated(found["State"]["Code"], "active", found["State"].get("Reason"))
    yield from compared("scheme", found["Scheme"], resource.given("Scheme") or "internet-facing", shown=True)
    yield from _room(resource, [zone["SubnetId"] for zone in found.get("AvailabilityZones", ()) if "SubnetId" in zone])
    attributes = client.describe_load_balancer_attributes(LoadBalancerArn=resource.id)["Attributes"]
    protected = {one["Key"]: one["Value"] for one in attributes}.get("deletion_protection.enabled") == "true"
    declared: list[Any] = resource.declared("LoadBalancerAttributes") or []
    pairs = {one.get("Key"): str(one.get("Value")).lower() for one in declared if is_object(one)}
    if protected or pairs.get("deletion_protection.enabled") == "true":
        yield Fact("protected from deletion" if protected else "not protected from deletion", good=protected)


def _room(resource: Resource, subnets: list[str]) -> Iterator[Fact]:
    """Each subnet of a load balancer that cannot grow in it: it needs eight free addresses."""
    described = resource.client("ec2").describe_subnets(SubnetIds=subnets)["Subnets"] if subnets else ()
    for subnet in described:
        free = subnet["AvailableIpAddressCount"]
        if free < _FREE:
            yield Fact(f"{free} of {_FREE} free addresses to grow in {subnet['SubnetId']}", good=False)


def target_group(resource: Resource) -> Iterator[Fact]:
    """Elastic Load Balancing, a target group: its targets are healthy; those that leave it are not counted."""
    described = resource.client("elbv2").describe_target_health(TargetGroupArn=resource.id)
    found = [one["TargetHealth"] for one in described["TargetHealthDescriptions"]]
    counted = [one for one in found if one["State"] != "draining"]
    ready = [one for one in counted if one["State"] == "healthy" or one.get("Reason") == _UNCHECKED]
    if not counted:
        yield Fact("no targets")
        return
    yield Fact(f"{len(ready)} of {len(counted)} targets healthy", good=ready == counted)
    others = Counter(joined(one["State"], one.get("Description")) for one in counted if one not in ready)
    for words, count in others.items():
        yield Fact(f"{count} {words}", good=False)


def listener(resource: Resource) -> Iterator[Fact]:
    """Elastic Load Balancing, a listener: its port and protocol, and its certificate."""
    listeners = resource.client("elbv2").describe_listeners(ListenerArns=[resource.id])["Listeners"]
    if not listeners:
        yield _MISSING
        return
    found = listeners[0]
    yield from compared("protocol", found.get("Protocol"), resource.given("Protocol"), shown=True)
    yield from compared("port", str(found.get("Port")), _text(resource.given("Port")), shown=True)
    if resource.gives("Certificates") or found.get("Certificates"):
        certified = bool(found.get("Certificates"))
        yield Fact("has a certificate" if certified else "has no certificate", good=certified)


def listener_rule(resource: Resource) -> Iterator[Fact]:
    """Elastic Load Balancing, a rule of a listener: its priority, and what it does."""
    rules = resource.client("elbv2").describe_rules(RuleArns=[resource.id])["Rules"]
    if not rules:
        yield _MISSING
        return
    found = rules[0]
    yield from compared("priority", found["Priority"], _text(resource.given("Priority")), shown=True)
    yield Fact(" and ".join(action["Type"] for action in found["Actions"]), good=bool(found["Actions"]))


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def scalable_target(resource: Resource) -> Iterator[Fact]:
    """Application Auto Scaling: between what bounds, and that nobody suspended it."""
    identity, dimension, namespace = resource.id.split("|")
    named = {"ServiceNamespace": namespace, "ResourceIds": [identity], "ScalableDimension": dimension}
    targets = resource.client("application-autoscaling").describe_scalable_targets(**named)["ScalableTargets"]
    if not targets:
        yield _MISSING
        return
    found = targets[0]
    bounds = f"{found['MinCapacity']} to {found['MaxCapacity']}"
    scheduled = resource.gives("ScheduledActions")  # which move the bounds
    declared = [_text(resource.given(name)) for name in ("MinCapacity", "MaxCapacity")]
    same = scheduled or all(
        wanted in (None, str(found[name]))
        for wanted, name in zip(declared, ("MinCapacity", "MaxCapacity"), strict=True)
    )
    yield Fact(bounds if same else f"{bounds} instead of {' to '.join(map(str, declared))}", good=same)
    for name, words in _SUSPENDED.items():
        if found.get("SuspendedState", {}).get(name):
            yield Fact(f"{words} suspended", good=resource.given("SuspendedState", name) is True)


def scaling_policy(resource: Resource) -> Iterator[Fact]:
    """Application Auto Scaling, a policy: there, and what it aims at."""
    identity, _, name = resource.id.partition(":resource/")[2].partition(":policyName/")
    namespace, _, scaled = identity.partition("/")
    named = {"ServiceNamespace": namespace, "ResourceId": scaled, "PolicyNames": [name]}
    policies = resource.client("application-autoscaling").describe_scaling_policies(**named)["ScalingPolicies"]
    found = [one for one in policies if one["PolicyARN"] == resource.id]
    if not found:
        yield _MISSING
        return
    tracking = found[0].get("TargetTrackingScalingPolicyConfiguration")
    if not tracking:
        yield Fact(found[0]["PolicyType"])
        return
    metric = tracking.get("PredefinedMetricSpecification", {}).get("PredefinedMetricType", "a metric of its own")
    aim = resource.given("TargetTrackingScalingPolicyConfiguration", "TargetValue")
    aimed = f"{float(aim):g}" if aim is not None else None
    yield from compared(f"{metric} at", f"{tracking['TargetValue']:g}", aimed, shown=True)
