"""What the dashboard of a stack has of a function."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lambda as lambda_

from naws.core.build.dashboards import MOST_WIDGETS
from naws.lambda_service import HttpApi, Iam, LambdaService, LambdaServiceProps, QueueTrigger, ScheduleTrigger
from naws.testing import cdk_app, synth_template
from tests.conformance.dashboards import bodies, faults, lines_of, shown

OWN = {"Invocations", "Duration of invocations, ms", "Invocations at once"}


@pytest.fixture
def stack() -> cdk.Stack:
    return cdk.Stack(cdk_app(), "Shop")


def made(stack: cdk.Stack, **given: Any) -> LambdaService:
    code = lambda_.Code.from_inline("def handler(event, context): ...")
    props = LambdaServiceProps(code=code, handler="index.handler", dashboard=True, **given)
    return LambdaService(stack, "Orders", props)


def body_of(stack: cdk.Stack) -> dict[str, Any]:
    (body,) = bodies(synth_template(stack)).values()
    assert faults(body) == []
    assert len(body["widgets"]) <= MOST_WIDGETS + 1
    return body


def test_what_it_does_stands_against_what_was_given(stack: cdk.Stack) -> None:
    given = {"timeout": cdk.Duration.seconds(20), "reserved_concurrent_executions": 5}
    made(stack, **given, max_event_age=cdk.Duration.hours(1))
    graphs = shown(body_of(stack), "metric")
    assert {title: lines_of(graph) for title, graph in graphs.items()} == {
        "Invocations": {},
        "Duration of invocations, ms": {"timeout, 20 seconds": 20_000},
        "Invocations at once": {"reserved_concurrent_executions": 5},
        "Age of events, ms": {"max_event_age, 1 hour": 3_600_000},
        "Messages that are kept": {},
    }


def test_its_memory_is_read_from_what_lambda_reports_of_each_invocation(stack: cdk.Stack) -> None:
    made(stack)
    template = synth_template(stack)
    (function,) = (each for each in template["Resources"].values() if each["Type"] == "AWS::Lambda::Function")
    logging = function["Properties"]["LoggingConfig"]
    assert (logging["LogFormat"], logging["SystemLogLevel"]) == ("JSON", "INFO"), "else there are no such records"
    query = shown(body_of(stack), "log")["Memory of invocations, MB"]["query"]
    assert 'filter type = "platform.report"' in query
    assert "max(record.metrics.maxMemoryUsedMB)" in query


def test_an_api_has_its_requests_and_its_own_timeout(stack: cdk.Stack) -> None:
    made(stack, endpoint=HttpApi(authorizer=Iam()), timeout=cdk.Duration.seconds(10))
    graphs = shown(body_of(stack), "metric")
    assert graphs.keys() == OWN | {"Requests", "Duration of requests, ms"}
    assert lines_of(graphs["Duration of requests, ms"]) == {"timeout of the API, 11 seconds": 11_000}


def test_a_schedule_that_is_added_later_brings_its_queues(stack: cdk.Stack) -> None:
    function = made(stack, triggers=[QueueTrigger()])
    function.add_trigger(ScheduleTrigger("@daily"))
    graphs = shown(body_of(stack), "metric")
    assert graphs.keys() - OWN == {
        "Age of events, ms",
        "Messages that wait",
        "Age of the oldest message, s",
        "Messages that are kept",
    }
    assert lines_of(graphs["Age of the oldest message, s"]) == {"alarm": 2160}
