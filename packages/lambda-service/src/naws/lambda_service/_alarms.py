"""Alarms of a function, beside those of its triggers; more with `detail`.

FailedWork    what its failure queue has; with callers, one invocation or request in a hundred and three of them
detail=True   Throttled, NearTimeout, EventsWait, RequestsRefused
"""

from collections.abc import Mapping

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs

from naws.core.authoring import (
    AlarmText,
    Measure,
    Metric,
    Successes,
    TriggerAlarms,
    asked,
    expression,
    messages_in,
    queue_url,
    single,
)
from naws.lambda_service._function import ALIAS
from naws.lambda_service.plan import Plan

_FEW = 3
"""So many failures, and one in a hundred: a single one is what callers repeat."""
_QUARTER_HOUR = 900
_NEAR = 0.8


def function_metric(function_name: str, name: str, *, statistic: str = "Sum", period: int = 300) -> Metric:
    """A metric of the alias, whatever version works behind it.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-view.html
    """
    return Metric(
        namespace="AWS/Lambda",
        name=name,
        dimensions={"FunctionName": function_name, "Resource": f"{function_name}:{ALIAS}"},
        statistic=statistic,
        period=period,
    )


def api_metric(api_id: str, name: str, statistic: str = "Sum") -> Metric:
    """A metric of the HTTP API.

    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
    """
    return Metric(namespace="AWS/ApiGateway", name=name, dimensions={"ApiId": api_id}, statistic=statistic)


def successes_of(plan: Plan, function_name: str) -> Successes | None:
    """The successes of a schedule: those of the alias, where nothing else invokes it as far as is known."""
    if not plan.watched_alone:
        return None
    metrics = {name: function_metric(function_name, of) for name, of in {"s": "Invocations", "e": "Errors"}.items()}
    return Successes(metrics=metrics, count="FILL(s, 0) - FILL(e, 0)")


class FunctionAlarms:
    """The alarms on what the function does.

    Args:
        factory: makes them.
        plan: what was decided.
        function_name: the function's.
        log_group: what it prints.
        api_id: of its HTTP API; None: it has none.
    """

    def __init__(
        self, factory: TriggerAlarms, plan: Plan, function_name: str, log_group: logs.ILogGroup, api_id: str | None
    ) -> None:
        self._factory, self._plan, self._name = factory, plan, function_name
        self._log_group, self._api_id = log_group, api_id
        self._failed: cloudwatch.CfnAlarm | None = None

    def build(self, failures: sqs.IQueue | None) -> None:
        """The alarm on failed work, and those of details; again when there is a failure queue from now on."""
        measure, text = self._failed_work(failures)
        if self._failed is not None:
            self._failed.metrics, self._failed.alarm_description = measure["metrics"], text.render()
        else:
            self._failed = self._factory.alarm("FailedWork", measure, text)
            if self._factory.detail:
                self._details()
        if failures is not None and self._factory.detail:
            self._events_wait()

    def _failed_work(self, failures: sqs.IQueue | None) -> tuple[Measure, AlarmText]:
        metrics: dict[str, Metric] = {"e": self._metric("Errors"), "i": self._metric("Invocations")}
        parts = [_share("e", "i")]
        if self._api_id is not None:
            metrics |= {"x": api_metric(self._api_id, "5xx"), "n": api_metric(self._api_id, "Count")}
            parts.append(_share("x", "n"))
        if failures is not None:
            metrics["f"] = messages_in(failures)
            parts.append("FILL(f, 0)")
        name, logs_of = self._factory.name, asked(self._log_group, "log_group_name")
        why = f"{_FEW} or more invocations of {name}, and one in a hundred, failed within five minutes"
        if self._api_id is not None:
            why += ", or so many requests were answered with 5xx"
        do = f"`aws logs tail {logs_of} --since 15m --filter-pattern ERROR` shows why."
        if failures is not None:
            why += "; or one that nobody waits for failed in all its attempts and is in the failure queue"
            do += (
                f" `aws sqs receive-message --queue-url {queue_url(failures)}` shows request and error; mend that, "
                f"put it back with `{self._factory.target.start_command} '<requestPayload>'`, and delete the message."
            )
        text = AlarmText(why=f"{why}.", do=do, page=f"{self._factory.page}#failed-work")
        return expression(" + ".join(parts), metrics, "failed"), text

    def _events_wait(self) -> None:
        name, page = self._factory.name, self._factory.page
        logs_of = asked(self._log_group, "log_group_name")
        wait = AlarmText(
            why=f"Events for {name} have waited for a quarter of an hour: it fails, or it is throttled.",
            do=f"`aws logs tail {logs_of} --since 30m` shows which.",
            page=f"{page}#events-wait",
        )
        age = self._metric("AsyncEventAge", statistic="Maximum")
        self._factory.alarm("EventsWait", single(age), wait, threshold=_QUARTER_HOUR * 1000)

    def _details(self) -> None:
        name, page = self._factory.name, self._factory.page
        throttled = AlarmText(
            why=f"Lambda refused invocations of {name}: its own or the account's concurrency is used up.",
            do="raise reserved_concurrent_executions or the account's quota; callers get 429, messages come again.",
            page=f"{page}#throttled",
        )
        near = AlarmText(
            why=f"One in a hundred invocations of {name} takes longer than 80 % of its timeout.",
            do="give it more memory_size, which is cpu too, or a longer timeout; see what it waits for in its traces.",
            page=f"{page}#near-timeout",
        )
        self._factory.alarm("Throttled", single(self._metric("Throttles")), throttled)
        slow = self._metric("Duration", statistic="p99", period=_QUARTER_HOUR)
        threshold = self._plan.function.longest * 1000 * _NEAR
        self._factory.alarm("NearTimeout", single(slow), near, threshold=threshold)
        if self._api_id is not None:
            refused = AlarmText(
                why=f"One request to {name} in ten was refused with 4xx: unsigned, unknown or over the throttle.",
                do="the access log has the status and the reason of each.",
                page=f"{page}#requests-refused",
            )
            counts: Mapping[str, Metric] = {
                "x": api_metric(self._api_id, "4xx"),
                "n": api_metric(self._api_id, "Count"),
            }
            share = "IF(FILL(x, 0) >= 20 AND FILL(x, 0) * 10 >= FILL(n, 0), FILL(x, 0), 0)"
            self._factory.alarm("RequestsRefused", expression(share, counts, "refused"), refused)

    def _metric(self, name: str, *, statistic: str = "Sum", period: int = 300) -> Metric:
        return function_metric(self._name, name, statistic=statistic, period=period)


def _share(failed: str, of: str) -> str:
    """As many as failed where that are some, and one in a hundred; else none."""
    return f"IF(FILL({failed}, 0) >= {_FEW} AND FILL({failed}, 0) * 100 >= FILL({of}, 0), FILL({failed}, 0), 0)"
