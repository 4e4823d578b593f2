"""The retry that a call of a service should have."""

from collections.abc import Iterator, Mapping
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_stepfunctions as sfn


class _Retry(Mapping[str, Any]):
    """The arguments of `add_retry`, made when they are asked for: an import calls nothing of CDK."""

    _names = ("errors", "interval", "backoff_rate", "max_attempts", "max_delay", "jitter_strategy")

    def __getitem__(self, name: str) -> Any:
        if name not in self._names:
            raise KeyError(name)
        values: dict[str, Any] = {
            "errors": ["States.TaskFailed"],
            "interval": cdk.Duration.seconds(2),
            "backoff_rate": 2,
            "max_attempts": 6,
            "max_delay": cdk.Duration.minutes(1),
            "jitter_strategy": sfn.JitterType.FULL,
        }
        return values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


RETRY_AWS: Mapping[str, Any] = _Retry()
"""The retrier of a call of a service, `call.add_retry(**RETRY_AWS)`: six times, within some two minutes, full jitter.

It repeats whatever failed but a timeout, because each service has names of its own for what passes by itself: for calls
that may be made twice. A program's error is for the workflow to handle; `as_step` of a function has its own retrier.
Source: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
"""
