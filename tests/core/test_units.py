import aws_cdk as cdk
import pytest

from naws.core.tokens import has_token
from naws.core.units import duration, in_words, seconds


def test_seconds_of_a_duration_or_the_default() -> None:
    assert seconds(None, 30) == 30
    assert seconds(cdk.Duration.minutes(2), 30) == 120
    assert seconds(cdk.Duration.seconds(0), 30) == 0


def test_a_token_stays_one() -> None:
    parameter = cdk.CfnParameter(cdk.Stack(), "Seconds", type="Number")
    assert has_token(seconds(cdk.Duration.seconds(parameter.value_as_number), 30))


def test_back_and_forth() -> None:
    assert duration(90).to_seconds() == 90


@pytest.mark.parametrize(
    ("value", "words"),
    [(1, "1 second"), (90, "90 seconds"), (120, "2 minutes"), (3600, "1 hour"), (86400, "1 day"), (1209600, "14 days")],
)
def test_in_words(value: float, words: str) -> None:
    assert in_words(value) == words
