"""`naws status` of a service, and of what AWS has lost."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from naws.cli.operate import alarms, states
from naws.cli.operate.deployed import Deployed
from naws.cli.operate.times import clock, utc
from naws.core.runs import Runs

ARN = "arn:aws:ecs:eu-west-1:111122223333:service/shop/orders"
ALARM = {
    "Type": "AWS::CloudWatch::Alarm",
    "Properties": {"Dimensions": [{"Value": {"Fn::GetAtt": ["Service", "Name"]}}]},
}
FIRED = datetime(2026, 11, 26, 3, tzinfo=UTC)
OTHERS = {"Type": "AWS::CloudWatch::Alarm", "Metadata": {"aws:cdk:path": "Shop/OrdersOld/Alarm"}}


class Aws:
    """A service, and two alarms that are in ALARM, of which one notifies nobody."""

    def __init__(self, **service) -> None:
        self.service = {"runningCount": 2, "desiredCount": 2, "deployments": [], **service}

    def describe_services(self, **asked):
        assert asked == {"cluster": "shop", "services": ["orders"]}
        return {"services": [self.service] if self.service["desiredCount"] is not None else []}

    def describe_alarms(self, **asked):
        actions = {"slow": ["topic"], "rollback": []}
        return {
            "MetricAlarms": [
                {"AlarmName": name, "StateValue": "ALARM", "AlarmActions": actions[name], **SINCE}
                for name in asked["AlarmNames"]
            ]
        }


def state(aws, template=None):
    place = SimpleNamespace(client=lambda _: aws)
    resources = {"Service": ARN, "Slow": "slow", "Rollback": "rollback", "Other": "other"}
    runs = Runs(pattern="a-service", path="Shop/Orders", kind="service")
    found = states._state(Deployed(place, "Shop", runs, ARN, resources, template or {}, "Service"))
    return found.facts, found.problems


@pytest.mark.parametrize(
    ("service", "facts", "problems"),
    [
        ({}, ["2 of 2 tasks run"], []),
        ({"runningCount": 1}, [], ["1 of 2 tasks run"]),
        ({"desiredCount": None}, [], ["the service is gone"]),
        (
            {"deployments": [{"rolloutState": "FAILED", "rolloutStateReason": "circuit breaker"}]},
            ["2 of 2 tasks run"],
            ["a deployment failed: circuit breaker"],
        ),
        (
            {"deployments": [{"rolloutState": "IN_PROGRESS"}]},
            ["2 of 2 tasks run", "a deployment is under way"],
            [],
        ),
    ],
)
def test_a_service(service, facts, problems):
    assert state(Aws(**service)) == (facts, problems)


@pytest.mark.parametrize(
    ("status", "facts", "problems"),
    [
        ("UPDATE_COMPLETE", [], []),
        ("UPDATE_ROLLBACK_COMPLETE", ["the last deployment was rolled back"], []),
        ("UPDATE_ROLLBACK_FAILED", [], ["its stack is stuck in UPDATE_ROLLBACK_FAILED: cdk rollback"]),
    ],
)
def test_what_runs_may_not_be_what_was_deployed_last(status, facts, problems, monkeypatch):
    """After a failed deployment of a service was rolled back, all its tasks run: of the version before."""
    asked = []
    monkeypatch.setattr(states, "status_of_stack", lambda *stack: asked.append(stack) or status)
    runs = [Runs(pattern="a-service", path=f"Shop/{name}", kind="service") for name in ("Orders", "Prices")]
    found = [states.State(Deployed("here", "Shop", each, ARN, {})) for each in runs]
    states._stacks(found, dict.fromkeys([("here", "Shop")] * 2))
    assert asked == [("here", "Shop")]
    assert [(each.facts, each.problems, each.stack) for each in found] == [(facts, problems, status)] * 2


def test_an_alarm_counts_that_is_its_own_and_notifies_somebody():
    template = {"Slow": ALARM, "Rollback": ALARM, "Other": OTHERS}
    assert state(Aws(), template)[1] == [f"alarm slow since {clock(FIRED)}"]


MACHINE = "arn:aws:states:eu-west-1:111122223333:stateMachine:Import"
REAPER = f"{MACHINE}Reaper"
SINCE = {"StateTransitionedTimestamp": FIRED, "StateUpdatedTimestamp": FIRED}
OF_RUNS = {"Namespace": "AWS/States", "MetricName": "ExecutionsFailed"}
OF_QUEUE = {
    "Namespace": "AWS/SQS",
    "MetricName": "ApproximateNumberOfMessagesVisible",
    "Dimensions": [{"Name": "QueueName", "Value": "letters"}],
    "Period": 300,
}


def of_machines(*arns, name="ExecutionsFailed"):
    """An alarm on the sum of what these count, as patterns make it."""
    stats = [
        {"Metric": {**OF_RUNS, "MetricName": name, "Dimensions": [{"Name": "StateMachineArn", "Value": arn}]},
         "Period": 300, "Stat": "Sum"}
        for arn in arns
    ]  # fmt: skip
    queries = [{"Id": f"m{number}", "MetricStat": each, "ReturnData": False} for number, each in enumerate(stats, 1)]
    return {"Metrics": [{"Id": "expr_1", "Expression": "FILL(m1, 0)"}, *queries]}


class Workflow:
    """A workflow whose alarm is on.

    Args:
        alarm: What it is on.
        ends: The statuses of executions by machine, the newest first.
        kept: How many messages are in its dead-letter queue.
    """

    def __init__(self, alarm, ends=None, kept=0):
        self.alarm, self.ends, self.kept = alarm, {MACHINE: ["SUCCEEDED", "FAILED"], **(ends or {})}, kept

    def list_executions(self, **asked):
        found = [
            {"executionArn": f"{at}", "status": each, "startDate": FIRED + timedelta(minutes=1 - 2 * at),
             "stopDate": FIRED + timedelta(minutes=2 - 2 * at)}
            for at, each in enumerate(self.ends[asked["stateMachineArn"]])
            if asked.get("statusFilter") in (None, each)
        ]  # fmt: skip
        return {"executions": found}

    def describe_execution(self, **_):
        return {"input": "{}"}

    def get_queue_attributes(self, **_):
        return {"Attributes": {"ApproximateNumberOfMessages": str(self.kept)}}

    def describe_alarms(self, **asked):
        common = {"StateValue": "ALARM", "AlarmActions": ["topic"], "EvaluationPeriods": 1, **SINCE}
        return {"MetricAlarms": [{"AlarmName": name, **common, **self.alarm} for name in asked["AlarmNames"]]}


def workflow(aws):
    place = SimpleNamespace(client=lambda _: aws, account="111122223333", region="eu-west-1")
    runs = Runs(pattern="a-workflow", path="Shop/Import", kind="workflow", dead_letter_queues=("Letters",))
    resources = {"Machine": MACHINE, "Failed": "failed", "Letters": "https://sqs/1/letters"}
    alarm = {**ALARM, "Metadata": {"aws:cdk:path": "Shop/Import/Failed"}}
    return states._state(Deployed(place, "Shop", runs, MACHINE, resources, {"Failed": alarm}, "Machine"))


class TestAnAlarmWhoseFailuresArePutBack:
    def test_it_needs_nobody_and_has_a_time_at_which_it_ends(self):
        found = workflow(Workflow(of_machines(MACHINE)))
        ends = FIRED + timedelta(minutes=6)
        assert (found.problems, found.word) == ([], "RECOVERING")
        assert found.facts[-1] == (
            f"alarm failed since {clock(FIRED)}: nothing of what it counts is left, it ends by itself by {clock(ends)}"
        )
        assert found.data()["ok"] is True
        assert found.data()["state"] == "recovering"
        assert found.data()["alarms"] == ["failed"]
        assert found.data()["recovering"] == [{"alarm": "failed", "since": utc(FIRED), "until": utc(ends)}]

    @pytest.mark.parametrize(
        "aws",
        [
            Workflow(of_machines(MACHINE), {MACHINE: ["FAILED", "SUCCEEDED"]}),
            Workflow(of_machines(MACHINE), {MACHINE: ["RUNNING"]}),
            Workflow(of_machines(MACHINE), kept=1),
            Workflow(of_machines(MACHINE, REAPER), {REAPER: ["FAILED"]}),
            Workflow(of_machines(MACHINE, name="ExecutionThrottled")),
            Workflow({**OF_QUEUE, "Dimensions": [{"Name": "QueueName", "Value": "elsewhere"}]}),
            Workflow({"Namespace": "Own", "MetricName": "Errors", "Dimensions": [], "Period": 60}),
            Workflow({}),
        ],
    )
    def test_it_needs_a_person_while_anything_of_it_is_left(self, aws):
        found = workflow(aws)
        assert found.word == "FAILING"
        assert found.problems[-1] == f"alarm failed since {clock(FIRED)}"
        assert found.data()["state"] == "failing"

    def test_an_empty_queue(self):
        assert workflow(Workflow(OF_QUEUE)).word == "RECOVERING"

    def test_its_reaper_too(self):
        assert workflow(Workflow(of_machines(MACHINE, REAPER), {REAPER: ["SUCCEEDED"]})).word == "RECOVERING"

    @pytest.mark.parametrize(
        ("ends", "until"),
        [
            (["SUCCEEDED", "FAILED"], FIRED + timedelta(minutes=8)),
            (["FAILED", "SUCCEEDED"], None),
            ([], None),
        ],
    )
    def test_of_a_function_its_last_request(self, ends, until, monkeypatch):
        runs = [SimpleNamespace(status=each, started=FIRED + timedelta(minutes=4 - 2 * at))
                for at, each in enumerate(ends)]  # fmt: skip
        monkeypatch.setattr(alarms, "reported", lambda *_: runs)
        metric = {"MetricName": "Errors", "Dimensions": [{"Name": "FunctionName", "Value": "check"}]}
        stat = {"Metric": metric, "Period": 300, "Stat": "Sum"}
        described = {"AlarmName": "failed", "EvaluationPeriods": 1, **SINCE}
        described["Metrics"] = [{"Id": "x", "Expression": "FILL(e, 0)"}, {"Id": "e", "MetricStat": stat}]
        pattern = SimpleNamespace(log_group="/check")
        assert alarms.alarm_of(described, pattern, {}).until == until
