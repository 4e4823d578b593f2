"""What changes when props change: ids of routes, versions, and what a function needs before anything starts it."""

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs

from naws.ecs_task_processor import EcsTaskProcessor, EcsTaskProcessorProps
from naws.lambda_service import (
    Canary,
    Cors,
    EventTrigger,
    FunctionUrl,
    HttpApi,
    Jwt,
    LambdaService,
    LambdaServiceProps,
    QueueTrigger,
    ScheduleTrigger,
)
from naws.lambda_service.checks_routes import unnamed
from naws.testing import synth_template

TOKENS = Jwt(issuer="https://login.example.com", audience=["shop"])
CODE = lambda_.Code.from_inline("def handler(event, context): return event")


def resources(add: Any, kind: str) -> dict[str, Any]:
    stack = cdk.Stack(cdk.App(), "Stack")
    add(stack)
    found = synth_template(stack)["Resources"]
    return {name: each for name, each in found.items() if each["Type"] == f"AWS::{kind}"}


def of(**props: Any) -> Any:
    given = {"code": CODE, "handler": "index.handler", **props}
    return lambda stack: LambdaService(stack, "F", LambdaServiceProps(**given))


def test_a_route_keeps_its_id_whatever_comes_and_goes_beside_it() -> None:
    def ids(*routes: str) -> dict[str, str]:
        found = resources(of(endpoint=HttpApi(routes=routes)), "ApiGatewayV2::Route")
        return {each["Properties"]["RouteKey"]: name for name, each in found.items()}

    both = ids("GET /a", "GET /b")
    assert len(set(both.values())) == 2
    assert ids("GET /b") == {"GET /b": both["GET /b"]}
    assert ids("POST /c", "GET /b", "GET /a").items() >= both.items()
    assert len(set(ids("GET /a/b", "GET /a-b", "GET /a/{b}").values())) == 3


def test_another_name_of_a_variable_is_an_update_of_its_route() -> None:
    def ids(route: str) -> set[str]:
        endpoint = HttpApi(routes=[route], authorizer=TOKENS, cors=Cors(["https://app.example.com"]))
        return set(resources(of(endpoint=endpoint), "ApiGatewayV2::Route"))

    assert len(ids("ANY /orders/{id}")) == 2
    assert ids("ANY /orders/{id}") == ids("ANY /orders/{order}")
    assert ids("ANY /orders/{id}").isdisjoint(ids("ANY /orders/{id+}"))


def test_a_preflight_is_there_once_whatever_its_variables_are_called() -> None:
    endpoint = HttpApi(
        routes=["$default", "ANY /{rest+}", "ANY /a/{id}", "OPTIONS /a/{name}"],
        authorizer=TOKENS,
        cors=Cors(["https://app.example.com"]),
    )
    found = resources(of(endpoint=endpoint), "ApiGatewayV2::Route").values()
    keys = [unnamed(each["Properties"]["RouteKey"]) for each in found]
    assert sorted(keys) == sorted(set(keys))


def test_another_content_of_a_layer_is_another_version_whatever_flags_an_app_has(tmp_path: Path) -> None:
    def versions(content: str) -> list[str]:
        folder = tmp_path / content
        folder.mkdir()
        (folder / "words.txt").write_text(content)

        def add(stack: cdk.Stack) -> None:
            of(layers=[lambda_.LayerVersion(stack, "L", code=lambda_.Code.from_asset(str(folder)))])(stack)

        return list(resources(add, "Lambda::Version"))

    assert versions("first") != versions("second")


def test_a_rollout_is_ended_by_the_new_versions_errors_alone() -> None:
    (alarm,) = (
        each["Properties"]
        for name, each in resources(of(rollout=Canary(), endpoint=HttpApi()), "CloudWatch::Alarm").items()
        if "Rollout" in name
    )
    dimensions = {each["Name"]: each["Value"] for each in alarm["Dimensions"]}
    assert alarm["MetricName"] == "Errors"
    assert dimensions["ExecutedVersion"]["Fn::GetAtt"][1] == "Version"
    assert "AlarmActions" not in alarm


def test_nothing_starts_a_function_before_its_failures_are_kept() -> None:
    triggers = [ScheduleTrigger("@daily"), EventTrigger({"source": ["app"]})]
    found = resources(of(triggers=triggers), "Lambda::EventInvokeConfig")
    (kept,) = found
    for kind, word in (("Lambda::Permission", "Event1MayStart"), ("IAM::Role", "Scheduler")):
        (starts,) = (each for name, each in resources(of(triggers=triggers), kind).items() if word in name)
        assert kept in starts["DependsOn"]


@pytest.mark.parametrize("endpoint", [HttpApi(), FunctionUrl()])
def test_a_program_sends_requests_to_an_endpoint(endpoint: Any) -> None:
    stack = cdk.Stack(cdk.App(), "Stack")
    made = of(endpoint=endpoint)(stack)
    other = LambdaService(
        stack, "Other", LambdaServiceProps(code=CODE, handler="index.handler", bindings=[made.endpoint.binding()])
    )
    job = EcsTaskProcessorProps(image=ecs.ContainerImage.from_registry("job:1"), bindings=[made.endpoint])
    EcsTaskProcessor(stack, "Job", job)
    assert other.url is None
    template = str(synth_template(stack))
    assert "F_URL" in template
    assert ("execute-api:Invoke" if isinstance(endpoint, HttpApi) else "lambda:InvokeFunctionUrl") in template


def test_who_cannot_be_let_in_and_what_cannot_wait_for_itself_is_named() -> None:
    stack = cdk.Stack(cdk.App(), "Stack")
    made = of(endpoint=HttpApi())(stack)
    with pytest.raises(RuntimeError, match="of its own account alone"):
        made.grant_invoke_url(iam.AccountPrincipal("210987654321"))
    with pytest.raises(ValueError, match="cannot invoke itself"):
        made.add_binding(made)
    with pytest.raises(ValueError, match="cannot invoke itself"):
        made.add_binding(made.binding())


def test_a_time_that_is_added_later_is_watched_like_one_that_is_given() -> None:
    def names(given: list[Any], added: list[Any]) -> set[str]:
        stack = cdk.Stack(cdk.App(), "Stack")
        service = of(triggers=given)(stack)
        for each in added:
            service.add_trigger(each)
        return {name for name in synth_template(stack)["Resources"] if "DidNotRun" in name}

    daily = ScheduleTrigger("rate(1 day)")
    assert names([daily], []) == names([], [daily]) != set()


def test_a_queue_that_is_added_later_is_watched_like_one_that_is_given() -> None:
    def thresholds(given: list[Any], added: list[Any]) -> dict[str, Any]:
        stack = cdk.Stack(cdk.App(), "Stack")
        service = of(triggers=given)(stack)
        for each in added:
            service.add_trigger(each)
        found = synth_template(stack)["Resources"].items()
        return {name: each["Properties"]["Threshold"] for name, each in found if "OldestMessage" in name}

    assert thresholds([QueueTrigger()], []) == thresholds([], [QueueTrigger()])
    assert set(thresholds([], [QueueTrigger()]).values()) == {6 * 6 * 60}


def test_the_issuer_of_an_app_for_this_machine_can_be_put_into_its_template() -> None:
    def add(stack: cdk.Stack) -> None:
        service = of(endpoint=HttpApi(authorizer=TOKENS))(stack)
        authorizer: Any = service.node.find_child("Authorizer")
        authorizer.add_property_override("JwtConfiguration.Issuer", "http://127.0.0.1:9000")

    (made,) = resources(add, "ApiGatewayV2::Authorizer").values()
    assert made["Properties"]["JwtConfiguration"] == {"Audience": ["shop"], "Issuer": "http://127.0.0.1:9000"}


def given_role(stack: cdk.Stack, how: str) -> Any:
    if how == "imported":
        return iam.Role.from_role_arn(stack, "Role", "arn:aws:iam::123456789012:role/works")
    service: Any = iam.ServicePrincipal("lambda.amazonaws.com")
    return iam.Role(stack, "Role", assumed_by=service) if how == "given" else None


@pytest.mark.parametrize("role", ["own", "given", "imported"])
@pytest.mark.parametrize("groups", ["own", "given"])
def test_a_function_that_leaves_its_network_may_delete_its_interfaces_until_function_and_group_are_done(
    role: str, groups: str
) -> None:
    def template(*, attached: bool) -> dict[str, Any]:
        stack = cdk.Stack(cdk.App(), "Stack")
        vpc = ec2.Vpc(stack, "Vpc")
        given = [ec2.SecurityGroup(stack, "Group", vpc=vpc)] if groups == "given" else None
        network = {"vpc": vpc, "security_groups": given} if attached else {}
        of(role=given_role(stack, role), **network)(stack)
        found: dict[str, Any] = synth_template(stack)["Resources"]
        return found

    before, after = template(attached=True), template(attached=False)
    (rights,) = (name for name, each in before.items() if "ec2:DeleteNetworkInterface" in str(each))
    assert before[rights]["Type"] == "AWS::IAM::Policy"
    # What the new template does not have is deleted when everything that it has is updated.
    assert rights not in after
    changed = {name for name in before.keys() & after.keys() if before[name] != after[name]}
    assert {before[name]["Type"] for name in changed} == {"AWS::Lambda::Function", "AWS::Lambda::Alias"}
    waiting = {each["Type"] for each in before.values() if rights in each.get("DependsOn", ())}
    # A version that is published has an interface as long as it is there.
    assert {"AWS::Lambda::Function", "AWS::Lambda::Version"} <= waiting
    assert ("AWS::EC2::SecurityGroup" in waiting) == (groups == "own")


def test_the_function_changes_with_how_references_are_written(tmp_path: Path) -> None:
    def versions(strength: str | None) -> tuple[str, str, str]:
        """The version's id, and what makes Lambda publish one: the description, and how a value is referred to."""
        context = {} if strength is None else {"@aws-cdk/core:defaultCrossStackReferences": strength}
        app = cdk.App(context=context, outdir=str(tmp_path / str(strength)))
        queue = sqs.Queue(cdk.Stack(app, "Data"), "Queue")
        stack = cdk.Stack(app, "Stack")
        of(environment={"QUEUE": queue.queue_arn})(stack)
        found = synth_template(stack)["Resources"]
        (function,) = (each["Properties"] for each in found.values() if each["Type"] == "AWS::Lambda::Function")
        (version,) = (name for name, each in found.items() if each["Type"] == "AWS::Lambda::Version")
        return version, function.get("Description", ""), next(iter(function["Environment"]["Variables"]["QUEUE"]))

    unset, strong, both, weak = map(versions, [None, "strong", "both", "weak"])
    assert unset == strong
    assert both == weak
    assert all(one != other for one, other in zip(strong, weak, strict=True))


def test_a_flag_of_cdk_changes_no_version() -> None:
    def versions(*, flagged: bool) -> list[str]:
        context = {"@aws-cdk/aws-lambda:recognizeLayerVersion": True} if flagged else {}
        stack = cdk.Stack(cdk.App(context=context), "Stack")
        of()(stack)
        found = synth_template(stack)["Resources"]
        return [name for name, each in found.items() if each["Type"] == "AWS::Lambda::Version"]

    assert versions(flagged=True) == versions(flagged=False)
