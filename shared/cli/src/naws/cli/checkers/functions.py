"""Functions, what invokes them, and what is in front of them: in use, and as they are declared."""

from collections.abc import Iterator
from typing import Any

from naws.cli.checkers.facts import Fact, Resource, compared, joined, stated, status, switched

_PARTS = 7
"""Of the ARN of a function; an alias or version comes after them."""
_UNKNOWN = Fact("of a resource that is not known here: not asked")


def function(resource: Resource) -> Iterator[Fact]:
    """Lambda: it can be invoked, with its runtime, role and log group, in its network."""
    found = resource.client("lambda").get_function_configuration(FunctionName=resource.id)
    # A function that nobody invoked for weeks is reclaimed, and comes back at the next invocation.
    idle = found.get("StateReasonCode") == "Idle"
    yield Fact("idle") if idle else stated(found.get("State", "Active"), "Active", found.get("StateReason"))
    if found.get("LastUpdateStatus", "Successful") != "Successful":
        reason = found.get("LastUpdateStatusReason")
        yield Fact(joined(f"its last update is {found['LastUpdateStatus']}", reason), good=False)
    if error := found.get("RuntimeVersionConfig", {}).get("Error"):
        yield Fact(joined(f"its runtime has {error.get('ErrorCode')}", error.get("Message")), good=False)
    yield from compared("runtime", found.get("Runtime"), resource.given("Runtime"))
    role, group = resource.named("Role"), resource.named("LoggingConfig", "LogGroup")
    yield from compared("role", found["Role"].rpartition("/")[2], role and role.rpartition("/")[2])
    yield from compared("log group", found.get("LoggingConfig", {}).get("LogGroup"), group)
    connected = bool(found.get("VpcConfig", {}).get("VpcId"))
    if connected or resource.gives("VpcConfig"):
        yield Fact("in a VPC" if connected else "in no VPC", good=connected == resource.gives("VpcConfig"))


def alias(resource: Resource) -> Iterator[Fact]:
    """Lambda, an alias: everything goes to the version that is declared."""
    client = resource.client("lambda")
    name, qualifier = _split(resource.id)
    found = client.get_alias(FunctionName=name, Name=qualifier)
    version = resource.named("FunctionVersion")
    declared = version and version.rpartition(":")[2]
    words = f"version {found['FunctionVersion']}"
    same = declared in (None, found["FunctionVersion"])
    yield Fact(words if same else f"{words} instead of {declared}", good=same)
    for other, weight in found.get("RoutingConfig", {}).get("AdditionalVersionWeights", {}).items():
        yield Fact(f"{weight:.0%} go to version {other}", good=False)
    if resource.gives("ProvisionedConcurrencyConfig"):
        kept = client.get_provisioned_concurrency_config(FunctionName=name, Qualifier=qualifier)
        ready = kept["Status"] == "READY"
        words = f"{kept.get('AvailableProvisionedConcurrentExecutions', 0)} environments kept warm"
        yield Fact(words if ready else joined(words, kept["Status"], kept.get("StatusReason")), good=ready)


def event_source_mapping(resource: Resource) -> Iterator[Fact]:
    """Lambda, what takes messages: enabled, and without a problem when it took the last."""
    found = resource.client("lambda").get_event_source_mapping(UUID=resource.id)
    wanted = "Disabled" if resource.given("Enabled") is False else "Enabled"
    yield stated(found["State"], wanted, None)
    result = found.get("LastProcessingResult", "")
    if result.startswith("PROBLEM"):
        yield Fact(result, good=False)


def event_invoke_config(resource: Resource) -> Iterator[Fact]:
    """Lambda, asynchronous invocations: how often and how long they are tried, and where failures go."""
    name, qualifier = resource.given("FunctionName"), resource.given("Qualifier")
    if not name or not qualifier:
        yield _UNKNOWN
        return
    client = resource.client("lambda")
    found = client.get_function_event_invoke_config(FunctionName=name, Qualifier=qualifier)
    for key, words in {"MaximumRetryAttempts": "retries", "MaximumEventAgeInSeconds": "seconds at most"}.items():
        yield from _counted(found.get(key), resource.given(key), words)
    kept = found.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
    if resource.declared("DestinationConfig", "OnFailure", "Destination"):
        yield Fact("failures are kept" if kept else "failures are lost", good=bool(kept))


def url(resource: Resource) -> Iterator[Fact]:
    """Lambda, a URL: who may send requests."""
    name, qualifier = _split(resource.id)
    qualified = {"Qualifier": given} if (given := resource.given("Qualifier") or qualifier) else {}
    found = resource.client("lambda").get_function_url_config(FunctionName=name, **qualified)
    yield from compared("authorization", found["AuthType"], resource.given("AuthType"), shown=True)


def api(resource: Resource) -> Iterator[Fact]:
    """API Gateway: present, and under its own name only where that is declared."""
    found = resource.client("apigatewayv2").get_api(ApiId=resource.id)
    yield Fact("present")
    hidden, declared = found.get("DisableExecuteApiEndpoint"), resource.given("DisableExecuteApiEndpoint")
    if hidden or declared:
        words = "under its own domain only" if hidden else "under API Gateway's name, too"
        yield Fact(words, good=bool(hidden) == bool(declared))


def stage(resource: Resource) -> Iterator[Fact]:
    """API Gateway, a stage: deployed, with its access log and its limits."""
    api_id = resource.given("ApiId")
    if not api_id:
        yield _UNKNOWN
        return
    found = resource.client("apigatewayv2").get_stage(ApiId=api_id, StageName=resource.id)
    # Of a stage that is deployed by itself, whose last deployment may have failed unseen.
    message = found.get("LastDeploymentStatusMessage", "")
    deployed = not message or message.startswith("Successfully")
    yield Fact("deployed" if deployed else message, good=deployed)
    logged = bool(found.get("AccessLogSettings", {}).get("DestinationArn"))
    if logged or resource.gives("AccessLogSettings"):
        yield Fact("logs requests" if logged else "logs no requests", good=logged)
    for key, words in {"ThrottlingRateLimit": "requests a second", "ThrottlingBurstLimit": "at once"}.items():
        yield from _counted(
            found.get("DefaultRouteSettings", {}).get(key), resource.given("DefaultRouteSettings", key), words
        )


def domain_name(resource: Resource) -> Iterator[Fact]:
    """API Gateway, a name of one's own: it answers."""
    found = resource.client("apigatewayv2").get_domain_name(DomainName=resource.id)
    for each in found.get("DomainNameConfigurations", ()):
        yield stated(each.get("DomainNameStatus", "AVAILABLE"), "AVAILABLE", each.get("DomainNameStatusMessage"))


def deployment_group(resource: Resource) -> Iterator[Fact]:
    """CodeDeploy: the last deployment succeeded, and alarms end one."""
    application = resource.given("ApplicationName")
    if not application:
        yield _UNKNOWN
        return
    name = {"applicationName": application, "deploymentGroupName": resource.id}
    found = resource.client("codedeploy").get_deployment_group(**name)["deploymentGroupInfo"]
    last = found.get("lastAttemptedDeployment", {}).get("status")
    yield status(last, "Succeeded") if last else Fact("nothing deployed yet")
    for words, key in (
        ("watched by alarms", "alarmConfiguration"),
        ("rolled back when it fails", "autoRollbackConfiguration"),
    ):
        declared = key[0].upper() + key[1:]
        yield from switched(resource, words, bool(found.get(key, {}).get("enabled")), declared, "Enabled")


def _split(arn: str) -> tuple[str, str]:
    """A function's name or ARN, and its alias or version; empty without one."""
    parts = arn.split(":")
    return ":".join(parts[:_PARTS]), ":".join(parts[_PARTS:])


def _counted(found: float | None, declared: Any, words: str) -> Iterator[Fact]:
    """A number that is declared; CloudFormation takes one as text, too."""
    if declared is not None:
        shown = 0 if found is None else found
        yield Fact(f"{shown:g} {words}", good=float(declared) == shown)
