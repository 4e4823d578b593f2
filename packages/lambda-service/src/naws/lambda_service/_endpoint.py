"""What answers requests: an HTTP API before the alias, or a URL of the alias."""

import json
import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, cast

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigwv2
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_route53 as route53
from constructs import Construct

from naws.core import Authorizer, HttpEndpoint, Iam, Jwt, PatternContext, Public
from naws.core.authoring import (
    Statement,
    acknowledge_nag,
    allow,
    arn_of,
    asked,
    duration,
    id_of,
    is_text,
    log_group,
    path_of,
    short_hash,
    shortened,
)
from naws.lambda_service._function import ALIAS, Function
from naws.lambda_service.checks_routes import unnamed
from naws.lambda_service.checks_synth import LONGEST_OF_EDGE
from naws.lambda_service.plan import ANY_ROUTE, EndpointPlan, Plan
from naws.lambda_service.props import HttpApi

_ACCESS_LOG = {
    "requestId": "$context.requestId",
    "ip": "$context.identity.sourceIp",
    "requestTime": "$context.requestTime",
    "httpMethod": "$context.httpMethod",
    "routeKey": "$context.routeKey",
    "path": "$context.path",
    "status": "$context.status",
    "protocol": "$context.protocol",
    "responseLength": "$context.responseLength",
    "responseLatency": "$context.responseLatency",
    "integrationLatency": "$context.integrationLatency",
    "integrationStatus": "$context.integrationStatus",
    "integrationError": "$context.integrationErrorMessage",
    "authorizerError": "$context.authorizer.error",
    "error": "$context.error.message",
}
"""One line of JSON a request.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
"""
_LOGS_PREFIX = "/aws/vendedlogs/apis/"
_PUBLIC = "Whoever made it gave the reason for a public endpoint: {}"
_ASKING = "Browsers ask without credentials, and the API answers them; any other OPTIONS runs the function."


class FunctionEndpoint(HttpEndpoint):
    """An endpoint of a function; no value that users write, so that nothing looks for wrong types in it.

    Args:
        scope: the pattern.
        plan: what was decided.
        address: its URL.
        domain: the name in it.
        statements: what a sender's role needs, with `Iam`.
        api: its HTTP API; None: a URL of the function.
    """

    def __init__(  # noqa: PLR0913  # what is known of it
        self,
        *,
        scope: Construct,
        plan: EndpointPlan,
        address: str,
        domain: str,
        statements: Sequence[Mapping[str, Any]],
        api: apigwv2.CfnApi | None,
    ) -> None:
        self.scope, self.plan, self.address, self.domain = scope, plan, address, domain
        self.statements, self.api = statements, api
        self.at_edge = False

    @property
    def name(self) -> str:
        """The service's construct id."""
        return id_of(self.scope)

    @property
    def url(self) -> str:
        """Its URL; that of a function has a slash at its end."""
        return self.address

    @property
    def request_timeout(self) -> cdk.Duration:
        """The longest time that a request may take."""
        return duration(self.plan.timeout)

    @property
    def authorizer(self) -> Authorizer:
        """The authorizer, which decides who may send requests."""
        return self.plan.authorizer

    @property
    def paths(self) -> Sequence[str] | None:
        """Those of its routes; of a URL all."""
        routes = self.plan.routes if self.api is not None else ("$default",)
        if not all(map(is_text, routes)):
            return None
        return [re.sub(r"\{[^}]*\}", "*", each.partition(" ")[2]) or "/*" for each in routes]

    def call_statements(self) -> Sequence[Statement]:
        """The right to send requests, with `Iam`."""
        return self.statements if isinstance(self.plan.authorizer, Iam) else ()

    def for_edge(self) -> cloudfront.IOrigin:
        """An origin of CloudFront by HTTPS, which signs its requests for a URL with `Iam`.

        It waits as long as a request may take, at most two minutes: then CloudFront answers with 504.
        Source: https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CustomOriginConfig.html

        Raises:
            RuntimeError: an HTTP API takes signed requests alone, and CloudFront signs none for it.
        """
        signed = isinstance(self.plan.authorizer, Iam)
        if signed and self.api is not None:
            raise RuntimeError(
                f"{path_of(self.scope)} takes signed requests, and CloudFront signs none for an API: give its props "
                'endpoint=HttpApi(authorizer=Jwt(issuer="https://…", audience=["…"])), or endpoint=FunctionUrl()'
            )
        self.at_edge = True
        waits = duration(min(self.plan.timeout, LONGEST_OF_EDGE))
        access = self._edge_access.origin_access_control_id if signed else None
        origin = origins.HttpOrigin(self.domain, read_timeout=waits, origin_access_control_id=access)
        return cast("cloudfront.IOrigin", origin)

    @cached_property
    def _edge_access(self) -> cloudfront.FunctionUrlOriginAccessControl:
        """What CloudFront signs with, and the right of the account's distributions to send what they signed.

        All of them, because naming one would need its stack, which needs this one. Both actions are asked for.
        Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-lambda.html
        """
        account = cdk.Stack.of(self.scope)
        common: Mapping[str, Any] = {
            "function_name": self.statements[0]["Resource"],
            "principal": "cloudfront.amazonaws.com",
            "source_arn": f"arn:{account.partition}:cloudfront::{account.account}:distribution/*",
        }
        lambda_.CfnPermission(self.scope, "EdgeMaySend", action="lambda:InvokeFunctionUrl", **common)
        lambda_.CfnPermission(
            self.scope, "EdgeMayInvoke", action="lambda:InvokeFunction", invoked_via_function_url=True, **common
        )
        return cloudfront.FunctionUrlOriginAccessControl(self.scope, "EdgeAccess")

    @cached_property
    def http_api(self) -> apigwv2.IHttpApi | None:
        """The API as CDK knows it."""
        if self.api is None:
            return None
        return apigwv2.HttpApi.from_http_api_attributes(
            self.scope, "ExposedApi", http_api_id=self.api.ref, api_endpoint=self.api.attr_api_endpoint
        )


def build_endpoint(scope: Construct, plan: Plan, made: Function) -> FunctionEndpoint | None:
    """The endpoint; None without one.

    Args:
        scope: the pattern.
        plan: what was decided.
        made: the function.
    """
    endpoint = plan.endpoint
    if endpoint is None:
        return None
    if endpoint.kind == "http-api":
        return _api(scope, plan, endpoint, asked(made.alias, "function_arn"))
    return _url(scope, endpoint, made)


def _ref(resource: cdk.CfnResource) -> str:
    """Its id, which everything around it names: asked of Node once."""
    return asked(resource, "ref")


def _api(scope: Construct, plan: Plan, endpoint: EndpointPlan, alias: str) -> FunctionEndpoint:
    given, domain = cast("HttpApi", endpoint.given), endpoint.domain_name
    api = apigwv2.CfnApi(
        scope,
        "Api",
        name=plan.context.physical_name("", "api") or shortened(path_of(scope), 128),
        protocol_type="HTTP",
        cors_configuration=None if endpoint.cors is None else _cors(endpoint),
        # Else the rules of the domain's certificate and filters would be gone round.
        disable_execute_api_endpoint=domain is not None,
    )
    integration = apigwv2.CfnIntegration(
        scope,
        "ApiIntegration",
        api_id=_ref(api),
        integration_type="AWS_PROXY",
        integration_uri=alias,
        payload_format_version="2.0",
        timeout_in_millis=int(endpoint.timeout * 1000),
    )
    _routes(scope, endpoint, api, f"integrations/{_ref(integration)}")
    _stage(scope, plan, api, given)
    source = arn_of(scope, "execute-api", f"{_ref(api)}/*")
    # One for all routes: CDK writes one for each, of which a function's policy has room for some thirty.
    lambda_.CfnPermission(
        scope,
        "ApiMayInvoke",
        action="lambda:InvokeFunction",
        function_name=alias,
        principal="apigateway.amazonaws.com",
        source_arn=source,
    )
    if domain is None:
        address = api.attr_api_endpoint
        name = cdk.Fn.select(2, cdk.Fn.split("/", address))
    else:
        _domain(scope, api, domain, plan.context)
        address, name = f"https://{domain}", domain
    statements = (allow("SendRequests", ["execute-api:Invoke"], [source]),)
    return FunctionEndpoint(scope=scope, plan=endpoint, address=address, domain=name, statements=statements, api=api)


def _routes(scope: Construct, endpoint: EndpointPlan, api: apigwv2.CfnApi, target: str) -> None:
    authorized = _authorized(scope, api, cast("HttpApi", endpoint.given))
    for route in endpoint.routes:
        apigwv2.CfnRoute(
            scope, _route_id("Route", route), api_id=_ref(api), route_key=route, target=target, **authorized
        )
    for route in _preflights(endpoint):
        preflight = apigwv2.CfnRoute(
            scope,
            _route_id("Preflight", route),
            api_id=_ref(api),
            route_key=route,
            target=target,
            authorization_type="NONE",
        )
        acknowledge_nag(preflight, "AwsSolutions-APIG4", _ASKING)


def _route_id(kind: str, route: str) -> str:
    """By its key and not by its place: API Gateway refuses a route whose new key another one still has.

    Without the names of variables, so that another name is an update of the route: a new one, which CloudFormation
    makes before it deletes the old one, is refused beside it.
    """
    key = unnamed(route)
    words = re.sub(r"[^A-Za-z0-9]+", "-", key).strip("-")
    return f"{kind}-{words[:40]}-{short_hash(key)}"


def _preflights(endpoint: EndpointPlan) -> list[str]:
    """Routes on which a browser asks whether a page may send: a route for every method would ask it for a token first.

    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html#http-api-cors-default-route
    """
    if endpoint.cors is None or isinstance(endpoint.authorizer, Public):
        return []
    paths = {ANY_ROUTE: ("/", "/{proxy+}")}
    every = [route for route in endpoint.routes if route == ANY_ROUTE or route.startswith("ANY ")]
    asked_on = [f"OPTIONS {path}" for route in every for path in paths.get(route, (route.removeprefix("ANY "),))]
    taken = {unnamed(route) for route in endpoint.routes}
    # Of two that differ in the names of their variables API Gateway refuses the second.
    return [route for key, route in {unnamed(route): route for route in asked_on}.items() if key not in taken]


def _authorized(scope: Construct, api: apigwv2.CfnApi, given: HttpApi) -> dict[str, Any]:
    match given.authorizer:
        case Iam():
            return {"authorization_type": "AWS_IAM"}
        case Jwt(issuer=issuer, audience=audience):
            authorizer = apigwv2.CfnAuthorizer(
                scope,
                "Authorizer",
                api_id=_ref(api),
                name="jwt",
                authorizer_type="JWT",
                identity_source=["$request.header.Authorization"],
                jwt_configuration={"issuer": issuer, "audience": list(audience)},
            )
            return {"authorization_type": "JWT", "authorizer_id": authorizer.ref}
        case public:
            acknowledge_nag(scope, "AwsSolutions-APIG4", _PUBLIC.format(public.reason))
            return {"authorization_type": "NONE"}


def _stage(scope: Construct, plan: Plan, api: apigwv2.CfnApi, given: HttpApi) -> None:
    """The only stage, which is deployed by itself, with its limits, its metrics and its access log.

    Logs have a name of their own, because log delivery writes a resource policy of limited size for others.
    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html
    """
    group: logs.LogGroup = log_group(
        scope, "AccessLogs", plan.operations, f"{_LOGS_PREFIX}{shortened(path_of(scope), 200)}-{_ref(api)}"
    )
    apigwv2.CfnStage(
        scope,
        "ApiStage",
        api_id=_ref(api),
        stage_name="$default",
        auto_deploy=True,
        access_log_settings={"destinationArn": asked(group, "log_group_arn"), "format": json.dumps(_ACCESS_LOG)},
        default_route_settings={
            "detailedMetricsEnabled": True,
            "throttlingBurstLimit": given.throttle.burst,
            "throttlingRateLimit": given.throttle.rate,
        },
    )


def _domain(scope: Construct, api: apigwv2.CfnApi, name: str, context: PatternContext) -> None:
    """The name with its certificate, and its record where the zone is known."""
    certificate = context.conventions.certificate
    domain = apigwv2.CfnDomainName(
        scope,
        "Domain",
        domain_name=name,
        domain_name_configurations=[
            {
                "certificateArn": None if certificate is None else certificate.certificate_arn,
                "endpointType": "REGIONAL",
                "securityPolicy": "TLS_1_2",
            }
        ],
    )
    mapping = apigwv2.CfnApiMapping(scope, "DomainMapping", api_id=_ref(api), domain_name=domain.ref, stage="$default")
    mapping.node.add_dependency(scope.node.find_child("ApiStage"))
    zone = context.conventions.hosted_zone
    if zone is not None:
        route53.CfnRecordSet(
            scope,
            "DomainRecord",
            hosted_zone_id=zone.hosted_zone_id,
            name=name,
            type="A",
            alias_target={
                "dnsName": domain.attr_regional_domain_name,
                "hostedZoneId": domain.attr_regional_hosted_zone_id,
            },
        )


def _cors(endpoint: EndpointPlan) -> dict[str, Any]:
    cors: Any = endpoint.cors
    return {
        "allowOrigins": list(cors.allow_origins),
        "allowMethods": list(cors.allow_methods),
        "allowHeaders": list(cors.allow_headers),
        "exposeHeaders": list(cors.expose_headers) or None,
        "maxAge": endpoint.cors_max_age or 0,
        "allowCredentials": cors.allow_credentials,
    }


def _url(scope: Construct, endpoint: EndpointPlan, made: Function) -> FunctionEndpoint:
    """A URL of the alias; both rights are asked of who may send: that of the URL, and that of the function.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
    """
    public = not isinstance(endpoint.authorizer, Iam)
    alias = asked(made.alias, "function_arn")
    url = lambda_.CfnUrl(
        scope,
        "FunctionUrl",
        auth_type="NONE" if public else "AWS_IAM",
        target_function_arn=made.function.function_arn,
        qualifier=ALIAS,
        invoke_mode="BUFFERED",
        cors=None if endpoint.cors is None else _cors(endpoint),
    )
    url.node.add_dependency(made.alias)
    if public:
        common: Mapping[str, Any] = {"function_name": alias, "principal": "*"}
        lambda_.CfnPermission(
            scope, "AnybodyMaySend", action="lambda:InvokeFunctionUrl", function_url_auth_type="NONE", **common
        )
        lambda_.CfnPermission(
            scope, "AnybodyMayInvoke", action="lambda:InvokeFunction", invoked_via_function_url=True, **common
        )
    statements = (
        allow("SendRequests", ["lambda:InvokeFunctionUrl"], [alias]),
        allow("Invoke", ["lambda:InvokeFunction"], [alias], Bool={"lambda:InvokedViaFunctionUrl": "true"}),
    )
    address = url.attr_function_url
    name = cdk.Fn.select(2, cdk.Fn.split("/", address))
    return FunctionEndpoint(scope=scope, plan=endpoint, address=address, domain=name, statements=statements, api=None)
