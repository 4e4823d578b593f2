"""LambdaService: a function that answers or works, in one construct."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import aws_cdk as cdk
import jsii
from aws_cdk import aws_apigatewayv2 as apigwv2
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from naws.core import Binding, FunctionBinding, HttpEndpoint, PatternContext
from naws.core.authoring import (
    STEP_CHECKS,
    Bindable,
    Inspection,
    ProgramPattern,
    ProgramPatternPlan,
    Step,
    TriggeredPattern,
    Widget,
    as_list,
    asked,
    build_output,
    duration,
    guided,
    home_of_stack,
    id_of,
    network_view,
    node_of,
    queue_arn,
    queue_url,
    role_resources,
    role_trusts,
    role_view,
    validate,
)
from naws.lambda_service._alarms import FunctionAlarms, function_metric, successes_of
from naws.lambda_service._dashboard import function_widgets
from naws.lambda_service._endpoint import FunctionEndpoint, build_endpoint
from naws.lambda_service._failures import keep_failures
from naws.lambda_service._function import Function, build_function
from naws.lambda_service._host import FunctionHost
from naws.lambda_service._image import image_views
from naws.lambda_service._rollout import build_rollout
from naws.lambda_service._step import build_step
from naws.lambda_service._target import FunctionTarget
from naws.lambda_service.checks import CHECKS
from naws.lambda_service.checks_synth import SYNTH_CHECKS, SYNTH_LEVELS, ClosedNetwork
from naws.lambda_service.plan import Plan, resolve
from naws.lambda_service.props import LambdaServiceProps

_LAYERS_COUNT = "@aws-cdk/aws-lambda:recognizeLayerVersion"
_MARGIN = 5
"""Seconds by which a state waits longer than its function."""


@jsii.implements(ec2.IConnectable)
class LambdaService(TriggeredPattern, ProgramPattern):
    """A function that answers requests, or works on times, events and messages.

    Args:
        scope: a stack, or any construct in one.
        construct_id: unique in `scope`.
        props: what it is; only the code has to be given.

    Raises:
        PatternValidationError: with every limit and practice that `props` break; the construct tree is untouched.
    """

    pattern_name = "lambda-service"
    checks = CHECKS
    synth_checks = SYNTH_CHECKS
    synth_levels = SYNTH_LEVELS
    _plan: Plan
    _made: Function
    _endpoint: FunctionEndpoint | None
    _failure_queue: sqs.Queue | None = None
    _role_resources: Sequence[cdk.CfnResource] = ()

    def __init__(self, scope: Construct, construct_id: str, props: LambdaServiceProps) -> None:
        super().__init__(scope, construct_id, props)

    @classmethod
    def resolve(cls, props: LambdaServiceProps, context: PatternContext) -> Plan:
        """Decide everything that `props` leave open."""
        return resolve(props, context)

    def _build(self, plan: Plan) -> cdk.CfnResource:
        if not plan.context.value_of(_LAYERS_COUNT):
            # Else an app without CDK's flag would keep the version, and the alias, when only a layer changed. Without
            # layers, too: the flag changes the id of every version, and Lambda refuses one of an unchanged function.
            self.node.set_context(_LAYERS_COUNT, value=True)
        self._made = made = build_function(self, plan)
        alias = asked(made.alias, "function_arn")
        self._endpoint = endpoint = build_endpoint(self, plan, made)
        logs_of = asked(made.log_group, "log_group_name")
        self._target = target = FunctionTarget(
            arn=alias, role=made.role, rights=made.rights, batch=plan.asynchronous, log_group=logs_of
        )
        name, api = asked(made.function, "function_name"), self._api_id
        alarms = self._build_alarms(plan, target, lambda _: successes_of(self._plan, name))
        self._function_alarms = FunctionAlarms(alarms, plan, name, made.log_group, api)
        if not plan.asynchronous.keeps_failures:
            self._function_alarms.build(None)
        self._build_program(plan)
        resource = cast("cdk.CfnResource", asked(node_of(made.alias), "default_child"))
        self._build_triggers(plan, resource, log_group=logs_of)
        if plan.rollout is not None:
            build_rollout(self, plan.rollout, made, function_name=name, page=alarms.page)
        build_output(self, "FunctionArn", alias)
        build_output(self, "LogGroup", logs_of)
        if endpoint is not None:
            build_output(self, "Url", endpoint.url)
        return made.resource

    def _start_by(self, plan: Any) -> None:
        """Times and events are asynchronous invocations: what fails is kept before they begin."""
        if plan.asynchronous.keeps_failures and self._failure_queue is None:
            name = asked(self._made.function, "function_name")
            queue, kept = keep_failures(self, plan, self._made, function_name=name)
            self._failure_queue = queue
            self._target.ready.append(kept)
            resource, runs = self._runs
            self._runs = resource, replace(runs, failure_queue=queue_arn(queue))
            build_output(self, "FailureQueueUrl", queue_url(queue))
            self._function_alarms.build(queue)
        super()._start_by(plan)

    def _build_program(self, plan: ProgramPatternPlan) -> None:
        """Give the function what its bindings need, but for the variables, which it has."""
        host = replace(self._host(), named=True)
        for needs in plan.program.needs:
            host.take(needs)

    def _resolve_again(self, props: Any) -> Plan:
        """What is added later cannot attach the function to a network."""
        plan: Plan = super()._resolve_again(props)
        if self._made.network is None and plan.network is not None:
            reaching = zip(plan.program.bindings, plan.program.needs, strict=True)
            return replace(plan, network=None, unreached=tuple(path for (path, _), needs in reaching if needs.reach))
        return plan

    @property
    def function(self) -> lambda_.IFunction:
        """The function; what this pattern has no field for is set on it."""
        return self._made.function  # pyright: ignore[reportReturnType]  # jsii renames parameters

    @property
    def alias(self) -> lambda_.IAlias:
        """The alias `live`, which everything targets; its version is the newest that was deployed."""
        return self._made.alias  # pyright: ignore[reportReturnType]  # jsii renames parameters

    @property
    def role(self) -> iam.IRole:
        """The function's role; grant it what the program needs and no binding covers."""
        return self._made.role

    @property
    def log_group(self) -> logs.ILogGroup:
        """The log group of the function; one stream per environment."""
        return self._made.log_group  # pyright: ignore[reportReturnType]  # jsii renames parameters

    @property
    def connections(self) -> ec2.Connections:
        """The security groups of the function; `connections.allow_to(…)` opens a way out.

        Raises:
            RuntimeError: it is attached to no network.
        """
        if self._made.network is None:
            raise RuntimeError(f"{self.node.path} is attached to no network: give its props vpc=…")
        return self._made.network.connections

    @property
    def endpoint(self) -> HttpEndpoint | None:
        """What answers requests, as websites and other services know it; None without an endpoint."""
        return self._endpoint

    @property
    def url(self) -> str | None:
        """Where requests are sent to; None without an endpoint."""
        return None if self._endpoint is None else self._endpoint.url

    @property
    def api(self) -> apigwv2.IHttpApi | None:
        """The HTTP API; None without one."""
        return None if self._endpoint is None else self._endpoint.http_api

    @property
    def failure_queue(self) -> sqs.IQueue | None:
        """Asynchronous invocations that failed in all their attempts, with request and error; None without any."""
        return self._failure_queue  # pyright: ignore[reportReturnType]  # jsii renames parameters

    def grant_invoke(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let `grantee` invoke the function, by its alias.

        Whoever does so asynchronously has failures kept where `failure_queue` is one: a function that only answers
        requests, or only works on queues, has none, because nothing of its own invokes it so.
        """
        return self._made.alias.grant_invoke(grantee)

    def grant_invoke_url(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let `grantee` send requests to the endpoint, which takes those that are signed.

        Raises:
            RuntimeError: nothing answers requests, or `grantee` is a whole account or service, whose own policies are
                not this app's to change.
        """
        if self._endpoint is None:
            raise RuntimeError(f"{self.node.path} has no endpoint: give its props endpoint=HttpApi()")
        grants = [
            iam.Grant.add_to_principal(
                grantee=grantee,
                actions=as_list(each["Action"]),
                resource_arns=as_list(each["Resource"]),
                conditions=each.get("Condition"),
            )
            for each in self._endpoint.statements
        ]
        if not all(each.success for each in grants):
            raise RuntimeError(
                f"{self.node.path} lets in roles and users of its own account alone, by their own policies: "
                "give whoever is elsewhere a role here, or its API authorizer=Jwt(…)"
            )
        return grants[0] if len(grants) == 1 else grants[0].combine(*grants[1:])

    def add_binding(self, binding: Binding | Bindable, *, acknowledge: Mapping[str, str] | None = None) -> None:
        """Let the program use another data source; held to the rules of `bindings`, like `add_trigger`.

        Raises:
            ValueError: it is the function itself: its role would wait for its alias, and the alias for the role.
        """
        if binding is self or getattr(binding, "function", None) is self._made.alias:
            raise ValueError(f"{self.node.path} cannot invoke itself: give it a QueueTrigger, and bind that queue")
        super().add_binding(binding, acknowledge=acknowledge)

    def binding(self) -> FunctionBinding:
        """Lets a program of another pattern invoke the function; a pattern in its `bindings` stands for this.

        The variable is named by this construct's id: `<ID>_FUNCTION`.
        """
        return FunctionBinding(self.alias, name=id_of(self))

    def as_step(  # the fields of a state
        self,
        scope: Construct,
        construct_id: str,
        *,
        payload: Any = None,
        outputs: Any = None,
        assign: Mapping[str, Any] | None = None,
    ) -> tasks.LambdaInvoke:
        """A state that invokes the function inside a workflow and waits for its answer, which is the state's output.

        It speaks JSONata, which a JSONPath workflow may hold too. Errors that pass by themselves, a throttle too, are
        retried up to six times; one of the program is the workflow's to handle, by its class name.

        Args:
            scope: parent of the state, in a stack of the function's account and region.
            construct_id: the state's id, unique in its workflow.
            payload: what the function gets, JSON; JSONata expressions in it are evaluated there. Omitted: the state's
                input.
            outputs: the state's output, JSON in which expressions are evaluated; `$states.result.Payload` is the
                function's answer. Omitted: that answer.
            assign: variables for the states that follow, each with its value, in which expressions are evaluated as in
                `outputs`. Omitted: none.

        Raises:
            PatternValidationError: with all that is wrong with these and where `scope` lives; nothing has been built
                then.
        """
        stack = cdk.Stack.of(scope)
        caller = home_of_stack(stack.account, stack.region)
        here, fields = self._plan.context.home, {"outputs": outputs, "assign": assign}
        step = Step(payload=payload, run_id=None, caller=caller, here=here, **fields)
        with guided(self.guide_url):
            validate(self.node.path, step, STEP_CHECKS, {})
        # The state waits a little longer than the function works, so that the function's own error comes first.
        timeout = duration(self._plan.function.longest + _MARGIN)
        return build_step(scope, construct_id, self.alias, payload=payload, timeout=timeout, **fields)

    def metric_invocations(self, period: cdk.Duration | None = None) -> cloudwatch.Metric:
        """Invocations of the alias, each attempt counted."""
        return self._metric("Invocations", period)

    def metric_errors(self, period: cdk.Duration | None = None) -> cloudwatch.Metric:
        """Invocations that raised an exception or took too long."""
        return self._metric("Errors", period)

    def metric_throttles(self, period: cdk.Duration | None = None) -> cloudwatch.Metric:
        """Invocations that were refused because the concurrency is used up."""
        return self._metric("Throttles", period)

    def metric_duration(self, period: cdk.Duration | None = None, statistic: str = "p99") -> cloudwatch.Metric:
        """Milliseconds that invocations take."""
        return self._metric("Duration", period, statistic)

    def _metric(self, name: str, period: cdk.Duration | None, statistic: str = "Sum") -> cloudwatch.Metric:
        function = asked(self._made.function, "function_name")
        return function_metric(function, name, statistic=statistic).of_cdk(period)

    @property
    def _api_id(self) -> str | None:
        endpoint = self._endpoint
        return None if endpoint is None or endpoint.api is None else asked(endpoint.api, "ref")

    def _host(self) -> FunctionHost:
        made = self._made
        return FunctionHost(
            function=made.function,
            resource=made.resource,
            role=made.role,
            rights=made.rights,
            home=self._plan.context.home,
            connectable=None if made.network is None else cast("ec2.IConnectable", self),
        )

    def _resources(self) -> list[cdk.CfnResource]:
        made = self._made
        self._role_resources = role_resources(made.role, *(() if self._plan.props.role is None else (made.rights,)))
        return [*super()._resources(), made.resource, *self._role_resources]

    def _widgets(self) -> Sequence[Widget]:
        made = self._made
        function, logs_of = asked(made.function, "function_name"), asked(made.log_group, "log_group_name")
        return [*function_widgets(self._plan, function, logs_of, self._api_id), *super()._widgets()]

    def _services(self) -> set[str]:
        """The services that the program's bindings let it use, by the names of their actions."""
        every = (each for needs in self._plan.program.needs for each in needs.statements)
        statements = [each.to_json() if isinstance(each, iam.PolicyStatement) else each for each in every]
        named: set[str] = {action.partition(":")[0] for each in statements for action in as_list(each["Action"])}
        secrets = [each.kind for needs in self._plan.program.needs for each in needs.secrets.values()]
        return named | {"ssm" if kind == "parameter" else "secretsmanager" for kind in secrets}

    def _views(self, inspection: Inspection) -> dict[str, Iterable[Any]]:
        network, endpoint = None, self._endpoint
        if self._made.network is not None and self._plan.network is not None:
            network = network_view(inspection, self._made.network, self._plan.network)
        return {
            **super()._views(inspection),
            "function": [inspection.properties(self._made.resource)],
            "image": image_views(
                self._made.function, self._plan.function.architecture, image=self._plan.function.image
            ),
            "network": [] if network is None else [network],
            "zones": [] if network is None else [network.zones],
            "closed": [] if network is None else [ClosedNetwork(network=network, services=self._services())],
            "settings": [self._plan],
            "behind edge": [] if endpoint is None or not endpoint.at_edge else [endpoint.plan.timeout],
            "package": [] if self._made.package is None else [self._made.package],
            "trusts": role_trusts({"role": self._plan.props.role}, "lambda.amazonaws.com"),
            "role": [role_view("role", map(inspection.properties, self._role_resources))],
        }
