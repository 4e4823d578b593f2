"""How CloudWatch judges an alarm, against the tables of its user guide."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from naws.cli.embedded.alarm_states import judge, state_at, windows
from naws.cli.embedded.metric_math import UnknownMathError, evaluate

AT_LEAST_ONE = {
    "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    "Threshold": 1.0,
    "EvaluationPeriods": 1,
    "Period": 60,
    "StateValue": "BEFORE",
    "StateReason": "Unchecked",
}
TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")
# CloudWatch User Guide, "How alarm state is evaluated when data is missing": the newest on the right.
THREE_OF_THREE = {
    "0 - X - X": ("OK", "OK", "OK", "OK"),
    "0 - - - -": ("OK", "OK", "OK", "OK"),
    "- - - - -": ("INSUFFICIENT_DATA", "BEFORE", "ALARM", "OK"),
    "0 X X - X": ("ALARM", "ALARM", "ALARM", "ALARM"),
    "- - X - -": ("ALARM", "BEFORE", "ALARM", "OK"),
}
TWO_OF_THREE = {
    "0 - X - X": ("ALARM", "ALARM", "ALARM", "ALARM"),
    "0 0 X 0 X": ("ALARM", "ALARM", "ALARM", "ALARM"),
    "0 - X - -": ("OK", "OK", "ALARM", "OK"),
    "- - - - 0": ("OK", "OK", "ALARM", "OK"),
    "- - - X -": ("ALARM", "BEFORE", "ALARM", "OK"),
}


@pytest.mark.parametrize(
    ("needed", "points", "treatment", "state"),
    [
        (needed, points, treatment, state)
        for needed, table in ((3, THREE_OF_THREE), (2, TWO_OF_THREE))
        for points, states in table.items()
        for treatment, state in zip(TREATMENTS, states, strict=True)
    ],
)
def test_the_tables_of_the_user_guide(needed: int, points: str, treatment: str, state: str) -> None:
    alarm = {**AT_LEAST_ONE, "EvaluationPeriods": 3, "DatapointsToAlarm": needed, "TreatMissingData": treatment}
    newest_first = [{"0": 0.0, "X": 1.0, "-": None}[point] for point in reversed(points.split())]
    assert judge(alarm, newest_first)[0] == state


@pytest.mark.parametrize("points", ["- - - - X", "- - - X -"])
def test_an_alarm_waits_for_what_is_missing(points: str) -> None:
    """The same guide, "Avoiding premature transitions to alarm state"."""
    newest_first = [{"X": 1.0, "-": None}[point] for point in reversed(points.split())]
    assert judge({**AT_LEAST_ONE, "EvaluationPeriods": 3}, newest_first)[0] == "BEFORE"


@pytest.mark.parametrize(
    ("settings", "values", "state"),
    [
        ({}, [1], "ALARM"),
        ({}, [0], "OK"),
        ({"EvaluationPeriods": 3, "DatapointsToAlarm": 2}, [1, 0, 1], "ALARM"),
        ({"EvaluationPeriods": 3, "DatapointsToAlarm": 2}, [1, 0, 0, 1, 1], "OK"),
        ({"ComparisonOperator": "LessThanThreshold"}, [0], "ALARM"),
        ({"ComparisonOperator": "GreaterThanThreshold"}, [1], "OK"),
    ],
)
def test_only_the_newest_are_judged(settings: dict[str, Any], values: list[float | None], state: str) -> None:
    assert judge({**AT_LEAST_ONE, **settings}, values)[0] == state


def moment(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("zone", "period", "now", "begins", "ends"),
    [
        ("UTC", 3600, "2027-03-01T14:07:30", "2027-03-01T13:00", "2027-03-01T14:00"),
        ("Asia/Kolkata", 3600, "2027-03-01T14:07", "2027-03-01T12:30", "2027-03-01T13:30"),
        ("UTC", 86_400, "2027-03-01T00:00", "2027-02-28T00:00", "2027-03-01T00:00"),
        ("America/New_York", 86_400, "2027-01-02T12:00", "2027-01-01T05:00", "2027-01-02T05:00"),
        ("-03:00", 86_400, "2027-01-02T02:00", "2026-12-31T03:00", "2027-01-01T03:00"),
        ("Europe/Berlin", 86_400, "2027-03-29T12:00", "2027-03-27T23:00", "2027-03-28T22:00"),  # 23 hours
        ("UTC", 604_800, "2027-03-03T12:00", "2027-02-22T00:00", "2027-03-01T00:00"),  # from Monday
    ],
)
def test_a_wall_clock_window_is_of_complete_periods(zone: str, period: int, now: str, begins: str, ends: str) -> None:
    alarm = {"Period": period, "EvaluationWindow": {"WallClockWindow": {"Timezone": zone}}}
    assert windows(alarm, moment(now), 2)[0] == (moment(begins), moment(ends))


def test_a_window_that_slides_ends_now() -> None:
    assert windows({"Period": 3600}, 7230.0, 2) == [(3630.0, 7230.0), (30.0, 3630.0)]


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("FILL(a, 0) + FILL(b, 0)", [1, 5, 4]),
        ("a + b", [None, 5, None]),
        ("FILL(a, 0) * 2 - 1", [1, 1, -1]),
        ("IF(DAY(a) == 6 OR DAY(a) == 7, FILL(a, 0), 9)", [1, 1, 9]),
        ("IF(DAY(a) >= 6 AND HOUR(a) == 0, 1, 0)", [1, 1, 0]),
        ("DATE(b)", [2, 3, 4]),
        ("IF(EPOCH(b) >= 1798934400, 1, 0)", [0, 1, 1]),
    ],
)
def test_math(expression: str, values: list[float | None]) -> None:
    """Saturday 2 January 2027 and the days after it."""
    begins = [moment(f"2027-01-0{day}T00:00") for day in (2, 3, 4)]
    assert evaluate(expression, {"a": [1, 1, None], "b": [None, 4, 4]}, begins) == values


@pytest.mark.parametrize("expression", ["ANOMALY_DETECTION_BAND(a)", "a ** 2", "c", "IF(a", "FILL(a, REPEAT)"])
def test_math_that_is_not_known_is_told(expression: str) -> None:
    with pytest.raises(UnknownMathError):
        evaluate(expression, {"a": [1.0]}, [0.0])


@pytest.fixture
def warming() -> Callable[..., str]:
    def state(minutes: float, *, wait: bool, value: float | None = 1.0) -> str:
        def read(_metric: Any, _begin: float, _end: float) -> float | None:
            return value

        warm_up = {"WarmUpPeriodDurationInMinutes": 60, "OnlyStartEvaluatingAfterWarmUpPeriodEnds": wait}
        alarm = {**AT_LEAST_ONE, "EvaluationPeriods": 15, "WarmUpConfiguration": warm_up}
        return state_at(alarm, read, minutes * 60.0, created=0)[0]

    return state


def test_an_alarm_that_warms_up_tells_nothing(warming: Callable[..., str]) -> None:
    assert warming(59, wait=True) == "INSUFFICIENT_DATA"
    assert warming(60, wait=True) == "ALARM"
    assert warming(14, wait=False) == "INSUFFICIENT_DATA"
    assert warming(15, wait=False) == "ALARM"  # there are data, as many as it looks at
    assert warming(59, wait=False, value=None) == "INSUFFICIENT_DATA"
