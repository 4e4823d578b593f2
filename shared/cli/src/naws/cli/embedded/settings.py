"""Settings that the command line and the embedded AWS share: its account and region, and its environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

HOST = "127.0.0.1"
REGION = "us-east-1"
ACCOUNT_ID = "000000000000"
# CDK caches the account per access key id in the user's home: a key of our own never meets another emulator's entry.
ACCESS_KEY_ID = "NAWSEMBEDDEDAWS0"
# These keys, and those named after an account, are an account's root: their signatures are not checked.
SECRET_ACCESS_KEY = "naws-embedded-aws"  # noqa: S105  # not a secret: it guards a loopback port
CONTROL_PREFIX = "/_naws"

# Read by MiniStack when its modules are imported; a value of the user's shell must not reach the child.
_FOREIGN = (
    "AWS_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_SHARED_CREDENTIALS_FILE",
    "EDGE_PORT",
    "LOCALSTACK_PERSISTENCE",
    "LOCALSTACK_SFN_MOCK_CONFIG",
    "MINISTACK_IMAGE_PREFIX",
    "SERVICES",
    "SFN_MOCK_CONFIG",
    "SFN_WAIT_SCALE",
    "USE_SSL",
)


@dataclass(frozen=True)
class WaitingTask:
    """A task that waits for an answer.

    Attributes:
        execution: ARN of the execution.
        state: The state.
        token: What it is answered by.
    """

    execution: str
    state: str
    token: str


@dataclass(frozen=True, kw_only=True)
class Denial:
    """A call that was refused for a missing permission.

    Attributes:
        principal: ARN of the caller, or the service principal.
        action: What it wanted to do.
        resource: On what.
        sentence: AWS's words; then, in parentheses, attached policies of AWS that the embedded AWS does not know.
        at: Seconds since the epoch.
    """

    principal: str
    action: str
    resource: str
    sentence: str
    at: float


@dataclass(frozen=True, kw_only=True)
class ServiceFailure:
    """A deployment of an ECS service that was not completed.

    Attributes:
        service: The service's name.
        reason: The deployment's, in the words of ECS.
        task: Id of the last task that failed.
        task_reason: Why it was stopped; empty when it runs.
        exit_code: Of its first container; None when that runs, was never started, or was stopped as unhealthy.
        lines: The last that it wrote to its log.
        at: When the deployment began, in seconds since the epoch.
    """

    service: str
    reason: str
    task: str
    task_reason: str
    exit_code: int | None
    lines: list[str]
    at: float


@dataclass(frozen=True, kw_only=True)
class ServiceEvent:
    """Something that went wrong with an ECS service.

    Attributes:
        service: The service's name.
        deployment: The deployment's id.
        what: ``task ended`` by itself, or before it started; ``unhealthy``, a task that failed its health checks;
            ``deployment``, which failed.
        task: Id of the task; empty of a deployment.
        reason: Why, in the words of ECS.
        exit_code: Of the task's first container; None when that ran or was never started.
        lines: The last that the task wrote to its log.
        at: Seconds since the epoch.
    """

    service: str
    deployment: str
    what: str
    task: str
    reason: str
    exit_code: int | None
    lines: list[str]
    at: float


@dataclass(frozen=True, kw_only=True)
class FunctionRun:
    """One run of a function, or a request for one that was throttled.

    Attributes:
        function: Its name.
        qualifier: Alias or version that was invoked; empty without.
        version: What ran.
        request_id: The same in all attempts of an asynchronous request.
        kind: ``sync`` or ``async``.
        trigger: What brought it, as its event shows: ``http``, ``queue``, what the envelope of a pattern names, such as
            ``schedule``, or ``invoke``.
        started: Seconds since the epoch.
        ended: The same.
        outcome: ``succeeded``, ``failed`` or ``throttled``.
        error_type: Such as the class name of an exception; empty when it succeeded.
        error_message: Its message; empty when it succeeded, or was throttled.
        late_init: Whether its init took longer than Lambda lets it, and was tried again within the run.
        given_back: How many messages of a batch it named as failed, where it succeeded otherwise.
        taken_by: ``failure queue`` or ``dead-letter queue``, which takes what failed, for nothing tries it again; empty
            otherwise, and where it is not known, as of a batch some of whose messages come back.
        log: The last lines of its log.
    """

    function: str
    qualifier: str
    version: str
    request_id: str
    kind: str
    trigger: str
    started: float
    ended: float
    outcome: str
    error_type: str
    error_message: str
    late_init: bool
    given_back: int
    taken_by: str
    log: list[str]


def client_environment(endpoint_url: str) -> dict[str, str]:
    """Return the variables by which any AWS SDK or the CDK command reaches the embedded AWS."""
    return {
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "CDK_DEFAULT_ACCOUNT": ACCOUNT_ID,
        "CDK_DEFAULT_REGION": REGION,
    }


def child_environment(base: Mapping[str, str], state_dir: Path, port: int, *, policies: bool) -> dict[str, str]:
    """Return the child's whole environment: every store in memory or below ``state_dir``, loopback only.

    Args:
        base: This process's environment.
        state_dir: Where the child may write.
        port: Where it listens.
        policies: Whether it evaluates IAM policies.
    """
    kept = {name: value for name, value in base.items() if name not in _FOREIGN}
    return {
        **kept,
        **client_environment(f"http://{HOST}:{port}"),
        "AUTH": "true" if policies else "false",
        "GATEWAY_PORT": str(port),
        "BIND_HOST": HOST,
        "MINISTACK_HOST": HOST,
        "MINISTACK_ACCOUNT_ID": ACCOUNT_ID,
        "MINISTACK_REGION": REGION,
        "PERSIST_STATE": "0",
        "S3_PERSIST": "0",
        "STATE_DIR": os.fspath(state_dir / "state"),
        "S3_DATA_DIR": os.fspath(state_dir / "s3"),
        "TMPDIR": os.fspath(state_dir / "tmp"),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "LOG_LEVEL": "INFO",
        "PYTHONUNBUFFERED": "1",
    }
