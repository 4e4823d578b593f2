"""The props of the pattern and the values that they take: no logic and no scope."""

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field, replace
from typing import ClassVar, Literal

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_

from naws.core import Authorizer, Binding, Egress, Iam, Public, VpcLookup
from naws.core.authoring import MIB, MINUTES, Bindable, Hint, Hints, Networked, Operated, Triggered, suggesting
from naws.lambda_service.props_code import PythonCode

MEMORY = replace(MIB, least=16)
"""Lambda has no size of less than 128 MB: a small number counts GB."""


@suggesting
@dataclass(frozen=True, kw_only=True)
class Throttle:
    """How many requests an HTTP API takes; those above get 429.

    Attributes:
        rate: requests a second, on average.
        burst: requests at once, above that.
    """

    _shorthand: ClassVar[str] = "rate"
    rate: float = 100
    burst: int = 200


@suggesting
@dataclass(frozen=True)
class Cors:
    """Which pages of other origins may send requests from a browser. The API answers their preflights itself.

    Attributes:
        allow_origins: such as `"https://app.example.com"`; `"*"` is any.
        allow_methods: Omitted: GET, HEAD, POST, PUT, PATCH and DELETE.
        allow_headers: which a page may send. Omitted: `authorization` and `content-type`.
        expose_headers: which a page may read of an answer. Omitted: only those that browsers always show.
        max_age: how long a browser keeps the answer to a preflight. Omitted: 1 hour.
        allow_credentials: whether cookies and the like are sent.
    """

    _shorthand: ClassVar[str] = "allow_origins"
    allow_origins: Sequence[str]
    _: KW_ONLY
    allow_methods: Sequence[str] = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
    allow_headers: Sequence[str] = ("authorization", "content-type")
    expose_headers: Sequence[str] = ()
    max_age: cdk.Duration | None = None
    allow_credentials: bool = False


@suggesting
@dataclass(frozen=True, kw_only=True)
class HttpApi:
    """An HTTP API of API Gateway before the function. It can always be reached from the internet.

    A program of the same account invokes the function itself: `bindings=[service]`.

    Attributes:
        routes: `"METHOD /path"`, with `{name}` for a part and `{name+}` for the rest, or `"$default"` for all others.
        authorizer: who may send requests: `Iam()`, `Jwt(issuer=…, audience=[…])` or `Public(reason=…)`.
        cors: Omitted: no page of another origin.
        throttle: how many requests it takes.
        domain_name: a name of your own, such as `"api.example.com"`, whose certificate is
            `Conventions(certificate=…)`; with `Conventions(hosted_zone=…)` its record is made, too. The API answers
            under that name alone. Omitted: under API Gateway's name.
    """

    _hints: ClassVar[Hints] = {"routes": Hint(between=",")}
    routes: Sequence[str] = ("$default",)
    authorizer: Authorizer = field(default_factory=Iam)
    cors: Cors | None = None
    throttle: Throttle = field(default_factory=Throttle)
    domain_name: str | None = None


@suggesting
@dataclass(frozen=True, kw_only=True)
class FunctionUrl:
    """A URL of the function itself, for answers that take longer than the 30 seconds of an API.

    It has no throttle, no access log and no JWT: `HttpApi` has.

    Attributes:
        authorizer: who may send requests: `Iam()` or `Public(reason=…)`.
        cors: Omitted: no page of another origin.
    """

    authorizer: Iam | Public = field(default_factory=Iam)
    cors: Cors | None = None


@suggesting
@dataclass(frozen=True, kw_only=True)
class Batch:
    """How messages of queue triggers come to the function, which answers with those that failed.

    Attributes:
        batch_size: messages at once, 1 to 10, with a window to 10,000. Source: Lambda guide, SQS event source mapping.
        max_batching_window: wait so long for a batch to be full, up to 5 minutes. Omitted: not at all.
        max_concurrency: invocations at once of each queue, 2 to 1,000; None: as many as Lambda likes.
    """

    _shorthand: ClassVar[str] = "batch_size"
    batch_size: int = 10
    max_batching_window: cdk.Duration | None = None
    max_concurrency: int | None = 10


@suggesting
@dataclass(frozen=True, kw_only=True)
class Canary:
    """A new version gets a part of the invocations first, and after a while all of them, unless an alarm fires.

    Attributes:
        percent: the part, 1 to 99.
        interval: the while, in whole minutes. Omitted: 5 minutes.
    """

    _hints: ClassVar[Hints] = {"interval": MINUTES}
    percent: int = 10
    interval: cdk.Duration | None = None


@suggesting
@dataclass(frozen=True, kw_only=True)
class Linear:
    """A new version gets a further part of the invocations every so often, unless an alarm fires.

    Attributes:
        percent: the part, 1 to 99.
        interval: how often, in whole minutes. Omitted: every minute.
    """

    _hints: ClassVar[Hints] = {"interval": MINUTES}
    percent: int = 10
    interval: cdk.Duration | None = None


@dataclass(frozen=True, kw_only=True)
class LambdaServiceProps(Triggered, Networked, Operated):
    """Everything that can be given to a function; only `code` has to be."""

    _elsewhere: ClassVar[dict[str, str]] = {
        "memory": "give memory_size=512, in MB",
        "memory_limit_mib": "give memory_size=512, in MB",
        "secrets": "give bindings=[SecretBinding(…)]: a function reads a secret itself",
        "api": "give endpoint=HttpApi()",
        "url": "give endpoint=FunctionUrl()",
        "cpu": "give memory_size: the share of a vCPU follows from it, and 1,769 MB have one",
    }
    _hints: ClassVar[Hints] = {
        "code": Hint(example='PythonCode("orders")'),
        "memory_size": MEMORY,
        "ephemeral_storage_size": MEMORY,
    }
    code: PythonCode | lambda_.Code
    """What runs: `PythonCode("folder")`, or any code of CDK, a container image too."""
    handler: str = "app.handler"
    """Module and function. A container image takes none."""
    runtime: lambda_.Runtime | None = None
    """Omitted: Python 3.14; of a container image what it has."""
    architecture: lambda_.Architecture | None = None
    """Omitted: ARM_64, which costs less."""
    memory_size: int = 512
    """MB, 128 to 10,240; 1,769 have one vCPU. Source: Lambda quotas."""
    timeout: cdk.Duration | None = None
    """The longest time that an invocation may take, up to 15 minutes. Omitted: 10 seconds with an endpoint, else 60."""
    ephemeral_storage_size: cdk.Size | None = None
    """Size of `/tmp`, 512 to 10,240 MiB. Omitted: 512 MiB, which cost nothing."""
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    """Plain environment variables, up to 4 KB with those of bindings. Omitted: those of Powertools and of bindings."""
    layers: Sequence[lambda_.ILayerVersion] = ()
    """Up to five. Omitted: none."""
    bindings: Sequence[Binding | Bindable] = ()
    """Data sources that the function uses. Omitted: none."""
    endpoint: HttpApi | FunctionUrl | None = None
    """Omitted: no HTTP; whoever may invoke the function does so directly."""
    batch: Batch = field(default_factory=Batch)
    """Of every queue trigger."""
    retry_attempts: int = 2
    """Further attempts for a time, an event or an asynchronous invoke that failed, 0 to 2."""
    max_event_age: cdk.Duration | None = None
    """How long one of these may wait for its attempts, 1 minute to 6 hours. Omitted: 6 hours."""
    reserved_concurrent_executions: int | None = None
    """Invocations at once, which no other function can take away; 0 switches the function off.
    Omitted: what the account has left."""
    provisioned_concurrent_executions: int | None = None
    """Environments that are kept warm, and paid for. Omitted: none."""
    snap_start: Literal["published-versions"] | None = None
    """Begin new environments from a snapshot of an initialised one. Omitted: they are initialised anew."""
    rollout: Canary | Linear | None = None
    """How a new version takes over from the one before it. Omitted: at once."""
    vpc: ec2.IVpc | VpcLookup | None = None
    """The network that the function is attached to. Omitted: that of what a binding has to reach, else none, also when
    the conventions name one: a function in a VPC has no way to the internet but by NAT."""
    egress: Sequence[Egress] | None = None
    """The egress of the created security group; bindings add what they need. Omitted: HTTPS to anywhere."""
    role: iam.IRole | None = None
    """The function's role, of this account; the rights that it needs are added to it. Omitted: one is created that may
    do what the bindings need."""
