"""Settings that an organisation or a service gives once, for an app, a stage or a stack.

library default  <  Conventions (the nearest up the tree wins, field by field)  <  props
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_sns as sns
from aws_cdk.interfaces import aws_wafv2 as wafv2
from constructs import Construct, IConstruct

from naws.core.issues import PatternValidationError
from naws.core.network import NewVpc, VpcLookup
from naws.core.rules.types import declared_type
from naws.core.spelling import suggesting
from naws.core.stacks import lineage_of, path_of, reference_of, scopes_of
from naws.core.type_checks import TypeMismatch, check_types, matches


class _Unset:
    def __repr__(self) -> str:
        return "Unset"


Unset: Any = _Unset()
"""Switches a convention of an outer scope off: what is below has the library's default again, or none."""

# Keyed by jsii's reference, which survives when Python lets go of its half of a construct.
_APPLIED: dict[str, "Conventions"] = {}
_STAGES: dict[str, cdk.Stage] = {}
"""Those that have the tags of the conventions around them."""


@suggesting
@dataclass(frozen=True, kw_only=True)
class Conventions:
    """Shared settings; every one is optional and `None` means "not given", `Unset` "not what an outer scope gives".

    Every other value is one, `""` and `False` too.

    Attributes:
        service: what the resources belong to; becomes the tag `service`. Omitted: no such tag.
        stage: which environment, such as "prod"; becomes the tag `stage`. Omitted: no such tag.
        owner: who answers for it; becomes the tag `owner`. Omitted: no such tag.
        name_prefix: gives the things that people look for in the console a physical name,
            `<prefix>-<construct id>-<purpose>`. Omitted: CloudFormation names everything, so that replacement works.
        vpc: the network that patterns use. Omitted: one VPC is created per stack and shared by its patterns; in a
            `ServiceStage` one per stage.
        tags: further tags for everything taggable.
        required_tags: keys that have to be among the tags; `service`, `stage` and `owner` count. Omitted: none.
        alarm_topic: where alarms are sent. Omitted: one encrypted topic is created per stack.
        log_retention: how long logs are kept. Omitted: what each pattern documents; in a disposable stage one week.
        encryption_key: encrypts queues, logs, large payloads and the flow logs of a created VPC; of their account and
            region. Omitted: the keys that AWS manages for each service.
        removal_policy: what happens to data when its stack goes. Omitted: they are retained, except when the stack's
            first deployment fails.
        permissions_boundary: name of the managed policy that bounds every role, that of a created VPC too. Omitted:
            none.
        load_balancer: of the region, shared by its services, or a listener of it; for patterns that answer requests
            from a load balancer. Omitted: each stack that needs one has its own.
        certificate: of the region, for what answers under a domain there; for patterns that answer requests. Omitted:
            none.
        web_acl: of the region, filters requests there, or its ARN; for patterns that answer requests. Omitted: none.
        edge_certificate: of us-east-1, for CloudFront; for websites. Omitted: none.
        edge_web_acl: of us-east-1 and scope CLOUDFRONT, filters requests at CloudFront, or its ARN; for websites.
            Omitted: none.
        hosted_zone: where names of what answers requests are written, of the stack's account; for patterns that answer
            requests. Omitted: none.
        guide_url: where this guide is published, such as "https://guide.example.com": errors and alarms link to its
            pages. Omitted: at the address that the installed release has in its metadata; without one, or when this is
            "", errors name the command that explains them, alarms the page's file.
    """

    service: str | None = None
    stage: str | None = None
    owner: str | None = None
    name_prefix: str | None = None
    vpc: ec2.IVpc | VpcLookup | NewVpc | None = None
    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    required_tags: Sequence[str] = ()
    alarm_topic: sns.ITopic | None = None
    log_retention: logs.RetentionDays | None = None
    encryption_key: kms.IKey | None = None
    removal_policy: cdk.RemovalPolicy | None = None
    permissions_boundary: str | None = None
    load_balancer: elbv2.IApplicationLoadBalancer | elbv2.IApplicationListener | None = None
    certificate: acm.ICertificate | None = None
    web_acl: wafv2.IWebACLRef | str | None = None
    edge_certificate: acm.ICertificate | None = None
    edge_web_acl: wafv2.IWebACLRef | str | None = None
    hosted_zone: route53.IHostedZone | None = None
    guide_url: str | None = None

    def apply(self, scope: IConstruct) -> None:
        """Make these the conventions of everything under `scope`, and of what will be there, in place of earlier ones.

        A pattern that is already there gets the tags and keeps whatever else was in force; the synthesis reports that.

        Raises:
            PatternValidationError: when a value has the wrong type; whatever else is wrong each pattern reports.
            TypeError: `scope` is no construct.
        """
        if not matches(scope, IConstruct):
            raise TypeError(
                f"apply(scope) takes an app, a stage, a stack or a construct in one, not a {type(scope).__name__}"
            )
        issues = [issue for mismatch in not_conventions(self) for issue in declared_type.issues(mismatch)]
        if issues:
            raise PatternValidationError(f"Conventions of {path_of(scope) or 'the app'}", issues)
        _APPLIED[reference_of(scope)] = self
        tags = _tag(scope, self.all_tags())
        if Unset in vars(self).values():
            *outer, _ = scopes = scopes_of(scope)
            for key in conventions_in(outer).all_tags().keys() - conventions_in(scopes).all_tags().keys():
                tags.remove(key, priority=_PRIORITY)
        for stage in _STAGES.values():
            if reference_of(scope) in scopes_of(stage)[:-1]:
                _tag_from_around(stage)
        tag_stages(scope)

    def all_tags(self) -> dict[str, str]:
        """The tags given directly and those that service, stage and owner become."""
        derived = {"service": self.service, "stage": self.stage, "owner": self.owner, **_if_set(self.tags)}
        return {key: value for key, value in derived.items() if value not in (None, Unset)}


def tag_stages(scope: IConstruct) -> None:
    """Give the stages that `scope` is, or is in, the tags of the conventions around them: CDK's end at a stage.

    Source: https://docs.aws.amazon.com/cdk/v2/guide/tagging.html
    """
    for stage in lineage_of(scope)[1:]:
        if isinstance(stage, cdk.Stage) and reference_of(stage) not in _STAGES:
            _STAGES[reference_of(stage)] = stage
            _tag_from_around(stage)


def _tag_from_around(stage: cdk.Stage) -> None:
    scopes = scopes_of(stage)
    own = _APPLIED.get(scopes[-1], Conventions()).all_tags()
    _tag(stage, {key: value for key, value in conventions_in(scopes).all_tags().items() if key not in own})


def _tag(scope: IConstruct, given: Mapping[str, str]) -> cdk.Tags:
    tags = cdk.Tags.of(scope)
    for key, value in given.items():
        tags.add(key, value, exclude_resource_types=[_STACK])
    return tags


def conventions_of(scope: Construct) -> Conventions:
    """The conventions in force at `scope`: for each field the nearest construct up the tree that gives it."""
    return conventions_in(scopes_of(scope))


def conventions_in(scopes: Sequence[str], nearest: Conventions | None = None) -> Conventions:
    """The same by jsii's references to the constructs down to where they are in force.

    Args:
        scopes: the references.
        nearest: given still nearer, at a construct that is not there yet. Omitted: none.
    """
    merged = Conventions()
    for inner in filter(None, (*map(_APPLIED.get, scopes), nearest)):
        given = {name: value for name, value in vars(inner).items() if value is not None}
        merged = replace(merged, **{name: _merged(name, getattr(merged, name), given[name]) for name in given})
    return merged


def given_at(scopes: Sequence[str]) -> dict[str, int]:
    """Which of the constructs gives each field that is in force: the index of the nearest one."""
    nothing = Conventions()
    found: dict[str, int] = {}
    for index, inner in enumerate(map(_APPLIED.get, scopes)):
        given = {name for name, value in vars(inner or nothing).items() if value != getattr(nothing, name)}
        found |= dict.fromkeys(given, index)
    return found


def not_conventions(conventions: object) -> Iterator[TypeMismatch]:
    """What has the wrong type in conventions that somebody gives, or is none at all."""
    if isinstance(conventions, Conventions):
        unset = {name: _DEFAULTS[name] for name, value in vars(conventions).items() if value is Unset}
        yield from check_types(replace(conventions, **unset), "Conventions")[1]
    elif conventions is not None:
        yield TypeMismatch(path="conventions", value=conventions, annotation=Conventions, optional=True)


_DEFAULTS: Mapping[str, Any] = vars(Conventions())
_PRIORITY = 100
"""That of the tags that CDK adds, so that the nearest scope has the last word."""
_STACK = "aws:cdk:stack"
"""What CDK calls a stack that it tags. CloudFormation puts such a tag on every resource, a VPC origin, too, which
refuses any change while a distribution uses it. Source: https://github.com/aws/aws-cdk/issues/35765
"""


def _merged(name: str, outer: Any, inner: Any) -> Any:
    if inner is Unset:
        return _DEFAULTS[name]
    if name == "tags":
        return {**outer, **inner}
    return tuple(dict.fromkeys((*outer, *inner))) if name == "required_tags" else inner


def _if_set(tags: Mapping[str, str]) -> Mapping[str, str]:
    return {} if tags is Unset else tags
