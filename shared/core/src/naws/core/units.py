"""Durations as plain seconds, so that checks never cross into Node."""

import aws_cdk as cdk


def seconds(duration: cdk.Duration | None, default: float) -> float:
    """`duration` in seconds, `default` when there is none; a token stays a number token.

    A fraction is kept: whoever needs whole seconds has a rule that says so.
    """
    return default if duration is None else duration.to_seconds(integral=False)


def duration(value: float) -> cdk.Duration:
    """Seconds as CDK's type."""
    return cdk.Duration.seconds(value)


def in_words(value: float) -> str:
    """Seconds as a person would say them: `90 minutes`, `14 days`."""
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")):
        if value >= size and value % size == 0:
            return f"{value / size:g} {unit}{'' if value == size else 's'}"
    return f"{value:,g} seconds"
