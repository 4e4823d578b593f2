"""What can go wrong, each with the exit code by which the platform judges the attempt."""

from typing import ClassVar

DONE = 0
STOPPED = 143  # what a shell reports for SIGTERM


class JobError(Exception):
    """The run cannot succeed. The text is for the person who reads the log."""

    exit_code: ClassVar[int] = 1


class ParameterError(JobError):
    """The environment or the payload is wrong: another attempt will not help."""

    exit_code = 2


class NoInputError(JobError):
    """There is nothing to report about (yet): a bucket, a table, an object, the rates or every row is missing."""

    exit_code = 3


class BadDataError(JobError):
    """More rows than tolerated are malformed, or the data is no sales data, or no rates, at all."""

    exit_code = 4


class ServiceError(JobError):
    """AWS or the database refused or did not answer, after the SDK's own retries."""

    exit_code = 5
