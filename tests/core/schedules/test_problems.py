"""Expressions that are refused: which field, and the correction to paste."""

import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from naws.core.schedules import ScheduleProblem, ScheduleSyntaxError, parse_schedule


def problems_of(expression: str) -> tuple[ScheduleProblem, ...]:
    with pytest.raises(ScheduleSyntaxError) as caught:
        parse_schedule(expression)
    return caught.value.problems


@pytest.mark.parametrize(
    ("written", "fields", "remedy"),
    [
        # rate
        ("rate(5 min)", ["unit"], "rate(5 minutes)"),
        ("rate(5 minutess)", ["unit"], "rate(5 minutes)"),
        ("rate(0 minutes)", ["value"], "rate(1 minute)"),
        ("rate(0 min)", ["value", "unit"], "rate(1 minute)"),
        ("rate(-5 minutes)", [""], "rate(5 minutes)"),
        ("rate(1.5 hours)", [""], "rate(90 minutes)"),
        ("rate(30 seconds)", ["unit"], "rate(1 minute)"),
        ("rate(2 weeks)", ["unit"], "rate(14 days)"),
        ("rate(1 month)", ["unit"], ""),
        ("rate(2 months)", ["unit"], ""),
        ("rate(100000000000000000000 days)", ["value"], ""),
        ("rate(2932897 days)", ["value"], ""),
        ("@every 999999999999999h", ["value"], ""),
        ("rate(minutes 5)", [""], "rate(5 minutes)"),
        ("rate(5minutes)", [""], "rate(5 minutes)"),
        ("rate(5m)", [""], "rate(5 minutes)"),
        ("rate(1h30m)", [""], "rate(90 minutes)"),
        ("rate(\uff15 minutes)", [""], "rate(5 minutes)"),
        ("rate(5 minutes", [""], "rate(5 minutes)"),
        ("rate 5 minutes)", [""], "rate(5 minutes)"),
        ("Rate(5 Minutes)", [""], "rate(5 minutes)"),
        ("rate()", [""], ""),
        ("every 5 minutes", [""], "rate(5 minutes)"),
        ("5m", [""], "rate(5 minutes)"),
        # number of cron fields
        ("cron(0 5 * * *)", [""], "cron(0 5 * * ? *)"),
        ("cron(0 5 * * 1-5)", [""], "cron(0 5 ? * 2-6 *)"),
        ("cron(0 5 * * ?)", [""], "cron(0 5 * * ? *)"),
        ("cron(0 5 ? * 2)", [""], "cron(0 5 ? * 2 *)"),
        ("cron(0 0 5 * * ? *)", [""], ""),
        ("cron(0 5 * *)", [""], ""),
        ("cron()", [""], ""),
        ("0 5 * * ? *", [""], "cron(0 5 * * ? *)"),
        ("0 0 5 * * ?", [""], ""),
        ("0 0 5 ? * MON-FRI", [""], ""),
        ("0 0 5 * * *", [""], ""),
        ("cron(0 5 * * ? *", [""], "cron(0 5 * * ? *)"),
        ("cron[0 5 * * ? *]", [""], "cron(0 5 * * ? *)"),
        ("corn(0 5 * * ? *)", [""], "cron(0 5 * * ? *)"),
        ("CRON(0 5 * * ? *)", [""], "cron(0 5 * * ? *)"),
        ("'cron(0 5 * * ? *)'", [""], "cron(0 5 * * ? *)"),
        # the day fields
        ("cron(0 5 * * * *)", ["day-of-week"], "cron(0 5 * * ? *)"),
        ("cron(0 5 ? * ? *)", ["day-of-week"], "cron(0 5 * * ? *)"),
        ("cron(0 5 * * MON *)", ["day-of-week"], "cron(0 5 ? * MON *)"),
        ("cron(0 5 1 * * *)", ["day-of-week"], "cron(0 5 1 * ? *)"),
        ("cron(0 5 1 * MON *)", ["day-of-week"], ""),
        ("cron(0 5 L-3 * ? *)", ["day-of-month"], ""),
        ("cron(0 5 1W,15W * ? *)", ["day-of-month"], ""),
        ("cron(0 5 1,L * ? *)", ["day-of-month"], ""),
        ("cron(0 5 32W * ? *)", ["day-of-month"], ""),
        ("cron(0 5 0 * ? *)", ["day-of-month"], ""),
        ("cron(0 5 ? * 0 *)", ["day-of-week"], "cron(0 5 ? * 1 *)"),
        ("cron(0 5 ? * 0-5 *)", ["day-of-week"], "cron(0 5 ? * 1-6 *)"),
        ("cron(0 5 ? * 8 *)", ["day-of-week"], ""),
        ("cron(0 5 ? * 8L *)", ["day-of-week"], ""),
        ("cron(0 5 ? * 3#1,6#3 *)", ["day-of-week"], ""),
        ("cron(0 5 ? * 3#6 *)", ["day-of-week"], ""),
        ("cron(0 5 ? * 3#0 *)", ["day-of-week"], ""),
        # values
        ("cron(60 24 * * ? *)", ["minute", "hour"], "cron(0 0 * * ? *)"),
        ("cron(10 25 * * ? *)", ["hour"], ""),
        ("cron(0 5 * 13 ? *)", ["month"], ""),
        ("cron(0 5 * 0 ? *)", ["month"], ""),
        ("cron(0 5 * * ? 1969)", ["year"], ""),
        ("cron(0 5 * * ? 2200)", ["year"], ""),
        ("cron(0 5 ? January MONDAY *)", ["month", "day-of-week"], "cron(0 5 ? JAN MON *)"),
        ("cron(\uff10 5 * * ? *)", ["minute"], "cron(0 5 * * ? *)"),
        ("cron(0 8\u201317 * * ? *)", ["hour"], ""),
        ("cron(? 5 * * ? *)", ["minute"], "cron(* 5 * * ? *)"),
        ("cron(*,5 5 * * ? *)", ["minute"], "cron(* 5 * * ? *)"),
        ("cron(/5 * * * ? *)", ["minute"], "cron(0/5 * * * ? *)"),
        ("cron(0 5 * * ? 2031-2030)", ["year"], ""),
        ("cron(0/0 * * * ? *)", ["minute"], ""),
        ("cron(1,,2 5 * * ? *)", ["minute"], ""),
        # wrong order
        ("cron(0 5 ? * 2030 MON)", ["day-of-week", "year"], ""),
        ("cron(0 5 3 25 ? *)", ["month"], ""),
        ("cron(0 8 * ? 2-6 *)", ["month", "day-of-week"], "cron(0 8 ? * 2-6 *)"),
        # dates that never occur
        ("cron(0 0 30 2 ? *)", ["day-of-month"], "cron(0 0 L 2 ? *)"),
        ("cron(0 0 31 4,6,9,11 ? *)", ["day-of-month"], "cron(0 0 L 4,6,9,11 ? *)"),
        ("cron(0 0 29 2 ? 2027)", ["day-of-month"], "cron(0 0 L 2 ? 2027)"),
        ("cron(0 0 31W 6 ? *)", ["day-of-month"], ""),
        ("cron(0 0 ? 2 2#5 2027)", ["day-of-week"], ""),
        ("cron(0 0 29 2 ? 2100)", ["day-of-month"], "cron(0 0 L 2 ? 2100)"),
        # at
        ("at(2030-01-05T05:00)", [""], "at(2030-01-05T05:00:00)"),
        ("at(2030-01-05 05:00:00)", [""], "at(2030-01-05T05:00:00)"),
        ("at(2030-01-05T05:00:00Z)", [""], "at(2030-01-05T05:00:00)"),
        ("at(2030-01-05T05:00:00+02:00)", [""], "at(2030-01-05T05:00:00)"),
        ("at(2030-1-5T5:0)", [""], "at(2030-01-05T05:00:00)"),
        ("at(24.12.2030 18:30)", [""], ""),
        ("at(12/24/2030 18:30)", [""], ""),
        ("at(2030-02-30T05:00:00)", [""], "at(2030-02-28T05:00:00)"),
        ("at(2030-01-05T25:00:00)", [""], ""),
        ("at(tomorrow)", [""], ""),
        ("2030-01-05T05:00:00", [""], "at(2030-01-05T05:00:00)"),
        # unix cron and presets
        ("0 5 1 * MON", ["day-of-week"], ""),
        ("0 5 * * 8", ["day-of-week"], ""),
        ("60 24 * * *", ["minute", "hour"], "cron(0 0 * * ? *)"),
        ("0 0 L * *", ["day-of-month"], "cron(0 0 L * ? *)"),
        ("0 0 * * 1#1", ["day-of-week"], "cron(0 0 ? * 2#1 *)"),
        ("0 0 * * ?", ["day-of-week"], "cron(0 0 * * ? *)"),
        ("@Daily", [""], "@daily"),
        ("@dayly", [""], "@daily"),
        ("@reboot", [""], ""),
        ("daily", [""], "cron(0 0 * * ? *)"),
        ("@every 90s", [""], "rate(2 minutes)"),
        ("@every 1d", [""], "rate(1 day)"),
        ("@every 0m", [""], "rate(1 minute)"),
        ("@every", [""], ""),
        ("", [""], ""),
        ("whenever", [""], ""),
    ],
)
def test_names_the_field_and_the_correction(written: str, fields: list[str], remedy: str) -> None:
    problems = problems_of(written)

    assert [problem.field for problem in problems] == fields
    assert {problem.remedy for problem in problems} == {remedy}


def test_reports_every_field_at_once_in_reading_order() -> None:
    problems = problems_of("cron(61 25 32 13 ? 1969)")

    assert [(problem.field, problem.value) for problem in problems] == [
        ("minute", "61"),
        ("hour", "25"),
        ("day-of-month", "32"),
        ("month", "13"),
        ("year", "1969"),
    ]
    assert problems[3].expected == "1-12 or JAN-DEC, with the wildcards , - * /"


def test_one_or_the_other_day_is_two_schedules() -> None:
    (eventbridge,) = problems_of("cron(0 5 1 * MON *)")
    assert "cron(0 5 1 * ? *) and cron(0 5 ? * MON *)" in eventbridge.expected
    (unix,) = problems_of("0 5 1 * 1")
    assert "0 5 1 * * and 0 5 * * 1" in unix.expected


def test_an_expression_has_at_most_256_characters() -> None:
    minutes = ",".join(["10", *["1"] * 119])
    longest = f"cron({minutes} 5 * * ? *)"
    assert len(longest) == 256

    assert parse_schedule(longest).expression == longest
    (problem,) = problems_of(longest.replace("cron(", "cron(1,"))
    assert "256 characters, not 258" in problem.expected
    days = ",".join(["15", "15"] * 41)
    (problem,) = problems_of(f"0 5 {days} * *")
    assert "256 characters as cron(0 5 15,15" in problem.expected


def test_the_error_is_a_value_error_that_prints_each_problem_and_survives_pickling() -> None:
    with pytest.raises(ValueError, match="minute '60'") as caught:
        parse_schedule("cron(60 24 * * ? *)")

    assert str(caught.value).splitlines() == [
        "minute '60': expected 0-59, with the wildcards , - * / (write cron(0 0 * * ? *))",
        "hour '24': expected 0-23, with the wildcards , - * / (write cron(0 0 * * ? *))",
    ]
    assert pickle.loads(pickle.dumps(caught.value)).problems == caught.value.problems


PIECES = st.sampled_from(
    [
        *("cron(", "rate(", "at(", "Cron[", ")", " ", " ", " ", "*", "*", "?", "/", "-", ",", "#", "L", "W"),
        *("0", "5", "29", "31", "60", "2030", "-01", "T05:00", "mon", "FRI", "Jan", "minutes", "hour", "week"),
        *("@every", "@daily", "1h30m", ".", "\uff15", "\u2013", "\n"),
    ]
)


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.lists(PIECES, max_size=14).map("".join), st.text(max_size=40)))
def test_any_text_is_taken_or_refused_and_a_correction_is_always_legal(text: str) -> None:
    try:
        expression, problems = parse_schedule(text).expression, ()
    except ScheduleSyntaxError as error:
        expression, problems = "", error.problems

    assert bool(expression) is not bool(problems)
    for legal in filter(None, [expression, *(problem.remedy for problem in problems)]):
        parse_schedule(legal)
    assert all(problem.expected for problem in problems)
