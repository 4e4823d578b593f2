"""The plan of a function: every default filled in, every unit unified, every name decided. Pure.

`None` is left only where it is an answer of its own (no endpoint, no network).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_sqs as sqs

from naws.core import Authorizer, PatternContext
from naws.core.authoring import (
    FUNCTION_INPUT,
    MESSAGE,
    Field,
    Given,
    NetworkPlan,
    ProgramPatternPlan,
    ProgramPlan,
    QueueUse,
    TriggeredPlan,
    TriggerPlans,
    asked,
    check_types,
    home_of,
    is_number,
    key_given,
    of_needs,
    of_network,
    of_operations,
    of_roles,
    of_triggers,
    plan_network,
    plan_operations,
    plan_program,
    plan_triggers,
    roles_given,
    seconds,
    vpc_of_source,
)
from naws.lambda_service.plan_code import LOCAL_PACKAGES, CodePlan, plan_code
from naws.lambda_service.plan_host import FunctionKind, environment_of
from naws.lambda_service.props import Canary, Cors, FunctionUrl, HttpApi, LambdaServiceProps, Linear, Throttle
from naws.lambda_service.props_code import PythonCode

LONGEST_INTEGRATION = 29
"""Seconds for which an HTTP API waits; AWS takes 30, CDK 29. Source: API Gateway quotas of HTTP APIs."""
RECEIVES = 5
"""Tries of a message: AWS advises at least five, since one that is throttled uses tries, too.

Source: Lambda guide, using Lambda with SQS, configuring a queue."""
ANY_ROUTE = "$default"
SQS_VISIBILITY = 30
"""Seconds for which a queue hides a message when nothing else is given. Source: SQS API, SetQueueAttributes."""
_MINUTE, _HOUR = 60, 3600
_LONGEST_TIMEOUT, _LONGEST_WINDOW = 900, 300
"""Seconds. Source: Lambda quotas, and its guide on SQS event source mappings."""
_ATTEMPTS = 3
_BEFORE_RETRIES = 3 * _MINUTE
"""Seconds that pass between the three attempts of an asynchronous invocation: one minute, then two."""


@dataclass(frozen=True, kw_only=True)
class FunctionPlan:
    """The function itself. Times are seconds, sizes as their names say.

    Attributes:
        given: the props.
        image: whether its code is a container image, which has handler and runtime in it.
        runtime: such as "python3.14"; None: an image's own.
        architecture: "arm64" or "x86_64".
        timeout: of an invocation.
        ephemeral_storage_mib: the size of `/tmp`.
        name: physical name. None: CloudFormation's.
        environment: all its variables: those of Powertools, those that are given, and those of bindings.
        code: what is known of its Python package; None: the code is CDK's.
        connected: whether it is attached to a network.
    """

    given: LambdaServiceProps
    image: bool
    runtime: str | None
    architecture: str
    timeout: float
    ephemeral_storage_mib: float
    name: str | None
    environment: Mapping[str, str]
    code: CodePlan | None
    connected: bool

    @property
    def longest(self) -> float:
        """`timeout`, for what is calculated from it; of one that only the deployment knows, what Lambda allows."""
        return self.timeout if is_number(self.timeout) else _LONGEST_TIMEOUT


@dataclass(frozen=True, kw_only=True)
class EndpointPlan:
    """What answers requests.

    Attributes:
        kind: an HTTP API, or a URL of the function.
        given: as it is given.
        routes: its route keys; of a URL none.
        timeout: seconds that a request may take: those of the integration, which ends after the function's own.
        function_timeout: those of the function.
        cors_max_age: seconds that a browser keeps the answer to a preflight; None without CORS.
        certificate: whether the conventions have one for its domain name.
        hosted_zone: where that is written. None: somebody else does.
    """

    kind: Literal["http-api", "function-url"]
    given: HttpApi | FunctionUrl
    routes: tuple[str, ...]
    timeout: float
    function_timeout: float
    cors_max_age: float | None
    certificate: bool
    hosted_zone: route53.IHostedZone | None

    @property
    def authorizer(self) -> Authorizer:
        """The authorizer, which decides who may send requests."""
        return self.given.authorizer

    @property
    def cors(self) -> Cors | None:
        """Pages of other origins that may send some."""
        cors = self.given.cors
        # Of a wrong type they are nothing that another rule could judge.
        return None if cors is None or not isinstance(cors.allow_origins, Sequence) else cors  # pyright: ignore[reportUnnecessaryIsInstance] - a user may write anything

    @property
    def throttle(self) -> Throttle | None:
        """How many requests it takes; None: a URL has none."""
        return self.given.throttle if isinstance(self.given, HttpApi) else None

    @property
    def domain_name(self) -> str | None:
        """A name of the user's own."""
        return self.given.domain_name if isinstance(self.given, HttpApi) else None


@dataclass(frozen=True, kw_only=True)
class AsyncPlan:
    """Asynchronous invocations, and batches of messages. Times are seconds.

    Attributes:
        retry_attempts, max_event_age: as they are given.
        keeps_failures: whether invocations that failed are kept in a queue: nobody waits for the answer of a time, of
            an event, or of what programs invoke without an endpoint.
        batch_size, max_concurrency: of a queue.
        window: how long a batch is waited for.
        timeout: of an invocation.
        reserved: the function's reserved concurrency.
        visibility: for how long the queues hide a message, each with the field of its queue: those that are made, and
            those that are given where that is known.
    """

    retry_attempts: int
    max_event_age: float
    keeps_failures: bool
    batch_size: int
    window: float
    max_concurrency: int | None
    timeout: float
    reserved: int | None
    visibility: tuple[Field, ...]


@dataclass(frozen=True, kw_only=True)
class RolloutPlan:
    """How a new version takes over.

    Attributes:
        kind: CodeDeploy's word.
        percent: of the invocations.
        interval: seconds.
        path: the field.
    """

    kind: Literal["TimeBasedCanary", "TimeBasedLinear"]
    percent: int
    interval: float
    path: str = "rollout"


@dataclass(frozen=True, kw_only=True)
class Plan(TriggeredPlan, ProgramPatternPlan):
    """A function, decided.

    Attributes:
        function: itself.
        endpoint: what answers requests; None: nothing does.
        asynchronous: what is invoked without anybody waiting.
        rollout: how a new version takes over; None: at once.
        network: what it is attached to; None: nothing.
        unreached: the paths of bindings that a network leads to which is not known.
    """

    props: LambdaServiceProps
    function: FunctionPlan
    endpoint: EndpointPlan | None
    asynchronous: AsyncPlan
    rollout: RolloutPlan | None
    network: NetworkPlan | None
    unreached: tuple[str, ...]

    @property
    def watched_alone(self) -> bool:
        """Whether one schedule is all that starts the function: Lambda counts its invocations, and not by whom."""
        return self.triggers.schedule_alone and self.endpoint is None


def resolve(props: LambdaServiceProps, context: PatternContext) -> Plan:
    """Decide everything that `props` leave open; a value of the wrong type counts as not given."""
    props, mismatches = check_types(props)
    conventions, more = check_types(context.conventions, "Conventions")
    context = replace(context, conventions=conventions)
    program = plan_program(props.environment, {}, props.bindings, context, FunctionKind())
    network, unreached = _network(props, program, context)
    service = context.conventions.service or context.construct_id
    environment = environment_of(props.environment, program.needs, service)
    function = _function(props, context, environment, connected=network is not None)
    queues = _queues(props, function.longest)
    triggers = plan_triggers(props.triggers, context, takes=FUNCTION_INPUT, use=queues)
    # Also without a queue, which may be added later.
    waiting = max(900, (RECEIVES + 1) * queues.visibility_timeout)
    attempt = function.longest * _ATTEMPTS + _BEFORE_RETRIES
    operations = plan_operations(props, context, attempt, oldest_message=waiting)
    return Plan(
        props=props,
        mismatches=mismatches + more,
        context=context,
        function=function,
        endpoint=_endpoint(props, function, context),
        asynchronous=_asynchronous(props, triggers, function.timeout),
        rollout=_rollout(props.rollout),
        triggers=triggers,
        network=network,
        unreached=unreached,
        program=program,
        operations=operations,
        given=(
            *_given(props, network, program, context),
            *of_operations(props, operations, context),
            *of_triggers(triggers, context.home),
        ),
        roles=tuple(roles_given({"role": props.role}, {"role": _needs_of_role(program)}, context.home)),
        key=key_given(props, context),
    )


def _function(
    props: LambdaServiceProps, context: PatternContext, environment: Mapping[str, str], *, connected: bool
) -> FunctionPlan:
    image = isinstance(props.code, lambda_.EcrImageCode | lambda_.AssetImageCode)
    runtime = None if image else "python3.14" if props.runtime is None else asked(props.runtime, "name")
    architecture = "arm64" if props.architecture is None else asked(props.architecture, "name")
    size = props.ephemeral_storage_size
    return FunctionPlan(
        given=props,
        image=image,
        runtime=runtime,
        architecture=architecture,
        timeout=seconds(props.timeout, 60 if props.endpoint is None else 10),
        ephemeral_storage_mib=512 if size is None else size.to_mebibytes(rounding=cdk.SizeRoundingBehavior.NONE),
        name=context.physical_name("", "function"),
        environment=environment,
        code=_code(props, str(runtime), architecture, context),
        connected=connected,
    )


def _counted(given: cdk.Duration | None, default: int) -> float:
    """A time in whole seconds, as AWS counts it; a token as it is, and a fraction for the rule that refuses it."""
    value = seconds(given, default)
    return int(value) if is_number(value) and value == int(value) else value


def _code(props: LambdaServiceProps, runtime: str, architecture: str, context: PatternContext) -> CodePlan | None:
    """What is known of it; nothing of one whose folder is of another type."""
    given = props.code
    if not isinstance(given, PythonCode) or not isinstance(given.folder, str | Path):  # pyright: ignore[reportUnnecessaryIsInstance] - a user may write anything
        return None
    local = context.value_of(LOCAL_PACKAGES) is True
    return plan_code(given, runtime, architecture, props.handler or "", local=local)


def _endpoint(props: LambdaServiceProps, function: FunctionPlan, context: PatternContext) -> EndpointPlan | None:
    given = props.endpoint
    if given is None:
        return None
    cors, is_api = given.cors, isinstance(given, HttpApi)
    return EndpointPlan(
        kind="http-api" if is_api else "function-url",
        given=given,
        routes=tuple(given.routes) if isinstance(given, HttpApi) else (),
        # The function's own error comes before that of whoever waits for it.
        timeout=min(function.longest + 1, LONGEST_INTEGRATION) if is_api else function.longest,
        function_timeout=function.timeout,
        cors_max_age=None if cors is None else _counted(cors.max_age, _HOUR),
        certificate=context.conventions.certificate is not None,
        hosted_zone=context.conventions.hosted_zone,
    )


def _queues(props: LambdaServiceProps, timeout: float) -> QueueUse:
    """Six times the timeout and the window, as AWS advises, so that a message is not taken twice.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
    """
    window = _counted(props.batch.max_batching_window, 0)
    visibility = 6 * timeout + (window if is_number(window) else _LONGEST_WINDOW)
    return QueueUse(done_when_started=False, visibility_timeout=visibility, max_receive_count=RECEIVES, takes=MESSAGE)


def _asynchronous(props: LambdaServiceProps, triggers: TriggerPlans, timeout: float) -> AsyncPlan:
    asynchronous = bool(triggers.schedules or triggers.events)
    return AsyncPlan(
        retry_attempts=props.retry_attempts,
        max_event_age=_counted(props.max_event_age, 6 * _HOUR),
        keeps_failures=asynchronous or (props.endpoint is None and not triggers.queues),
        batch_size=props.batch.batch_size,
        window=_counted(props.batch.max_batching_window, 0),
        max_concurrency=props.batch.max_concurrency,
        timeout=timeout,
        reserved=props.reserved_concurrent_executions,
        visibility=tuple(_visibility(triggers)),
    )


def _visibility(triggers: TriggerPlans) -> Iterator[Field]:
    """That of a queue that was imported is not known."""
    for plan in triggers.queues:
        queue = plan.trigger.queue
        if queue is None:
            yield Field(f"{plan.path}.visibility_timeout", plan.visibility_timeout)
        elif isinstance(queue, sqs.Queue):
            made: Any = queue.node.default_child
            given = made.visibility_timeout
            yield Field(f"{plan.path}.queue", SQS_VISIBILITY if given is None else given)


def _rollout(given: Canary | Linear | None) -> RolloutPlan | None:
    match given:
        case Canary():
            return RolloutPlan(kind="TimeBasedCanary", percent=given.percent, interval=seconds(given.interval, 300))
        case Linear():
            return RolloutPlan(kind="TimeBasedLinear", percent=given.percent, interval=seconds(given.interval, 60))
        case _:
            return None


def _network(
    props: LambdaServiceProps, program: ProgramPlan, context: PatternContext
) -> tuple[NetworkPlan | None, tuple[str, ...]]:
    """The network that is given, else that of the first source that the function connects to."""
    ways = [
        (path, way.to) for (path, _), needs in zip(program.bindings, program.needs, strict=True) for way in needs.reach
    ]
    vpc: Any = props.vpc
    if vpc is None:
        vpc = next(filter(None, (vpc_of_source(to) for _, to in ways)), None)
    if vpc is None:
        return None, tuple(dict.fromkeys(path for path, _ in ways))
    return plan_network(replace(props, vpc=vpc), context), ()


def _given(
    props: LambdaServiceProps, network: NetworkPlan | None, program: ProgramPlan, context: PatternContext
) -> Iterator[Given]:
    here = context.home
    if network is not None:
        yield from of_network(network, here)
    yield from of_roles({"role": props.role}, here)
    for index, layer in enumerate(props.layers):
        if layer is not None:  # pyright: ignore[reportUnnecessaryComparison] - None stands in for a mismatch
            yield Given(path=f"layers[{index}]", kind="layer", home=home_of(layer), here=here)
    certificate, zone = context.conventions.certificate, context.conventions.hosted_zone
    if isinstance(props.endpoint, HttpApi) and props.endpoint.domain_name is not None:
        if certificate is not None:
            yield Given(path="endpoint.domain_name", kind="certificate", home=home_of(certificate), here=here)
        if zone is not None:
            yield Given(path="Conventions.hosted_zone", kind="hosted zone", home=home_of(zone), here=here)
    for (path, _), needs in zip(program.bindings, program.needs, strict=True):
        yield from of_needs(needs, path, here)


def _needs_of_role(program: ProgramPlan) -> Sequence[str]:
    bound = [
        path for (path, _), needs in zip(program.bindings, program.needs, strict=True) if needs.kinds - {"variables"}
    ]
    return ["logs", "traces", *bound]
