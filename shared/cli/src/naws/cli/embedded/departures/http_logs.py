"""What an HTTP API leaves of each request: a line of the access log, metrics, and a record for `naws local`."""

import json
import re
from typing import Any

from naws.cli.embedded import http_records
from naws.cli.embedded.departures.metrics import publish
from naws.cli.embedded.departures.services import logs

_VARIABLE = re.compile(r"\$context\.(\w+(?:\.\w+)*)")
_MISSING = "-"
_STREAM = "access"


def write_line(stage: dict[str, Any], context: dict[str, Any]) -> None:
    """Write a request to the stage's log group; a group that is not there gets nothing.

    Source: API Gateway Developer Guide, 'Customize HTTP API access logs'.
    """
    settings: dict[str, Any] = stage.get("accessLogSettings") or {}
    group = str(settings.get("destinationArn", "")).partition(":log-group:")[2].removesuffix(":*")
    if group in logs._log_groups:
        stream = {"logGroupName": group, "logStreamName": _STREAM}
        logs._create_log_stream(stream)
        logs._put_log_events({**stream, "logEvents": [{"message": filled(settings.get("format", ""), context)}]})


def filled(form: str, context: dict[str, Any]) -> str:
    """The line of a format; a variable without a value is a dash, and quotes are escaped as in a text of JSON."""
    return _VARIABLE.sub(lambda found: json.dumps(str(context.get(found[1], _MISSING)))[1:-1], form)


def publish_metrics(stage: dict[str, Any], route: dict[str, Any], context: dict[str, Any]) -> None:
    """Publish the metrics of a request, of its route only with detailed metrics.

    Source: API Gateway Developer Guide, 'Monitor CloudWatch metrics for HTTP APIs'.
    """
    status, api = int(context["status"]), {"ApiId": str(context["apiId"])}
    values: dict[str, tuple[float, str]] = {
        "Count": (1, "Count"),
        "4xx": (status // 100 == 4, "Count"),  # noqa: PLR2004  # HTTP's classes
        "5xx": (status // 100 == 5, "Count"),  # noqa: PLR2004  # as above
        "Latency": (context["responseLatency"], "Milliseconds"),
        "DataProcessed": (context["dataProcessed"], "Bytes"),
    }
    if "integrationLatency" in context:
        values["IntegrationLatency"] = (context["integrationLatency"], "Milliseconds")
    staged = {**api, "Stage": stage["stageName"]}
    dimensions = [api, staged]
    if route and _is_detailed(stage, route["routeKey"]):
        method, _, resource = str(route["routeKey"]).partition(" ")
        dimensions.append({**staged, "Method": method, "Resource": resource or method})
    for name, (value, unit) in values.items():
        for each in dimensions:
            publish("AWS/ApiGateway", name, float(value), each, unit)


def _is_detailed(stage: dict[str, Any], route_key: str) -> bool:
    own = stage.get("routeSettings", {}).get(route_key, {})
    return bool({**stage.get("defaultRouteSettings", {}), **own}.get("detailedMetricsEnabled"))


def note(context: dict[str, Any], function: str) -> None:
    """Keep the request for those who show it."""
    error = next((context[key] for key in ("integrationErrorMessage", "authorizer.error") if context.get(key)), "")
    http_records.note(
        http_records.HttpRecord(
            api_id=context["apiId"],
            stage=context.get("stage", ""),
            route=context.get("routeKey", ""),
            method=context["httpMethod"],
            path=context["path"],
            status=int(context["status"]),
            latency=context["responseLatency"],
            error=str(error or context.get("error.message", "")),
            request_id=context["requestId"],
            function=function,
            at=context["requestTimeEpoch"] / 1000,
        )
    )
