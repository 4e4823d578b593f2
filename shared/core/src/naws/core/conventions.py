"""Settings that an organisation or a service gives once, for an app, a stage or a stack.

library default  <  Conventions (the nearest up the tree wins, field by field)  <  props
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from constructs import Construct, IConstruct

from naws.core.issues import PatternValidationError
from naws.core.network import NewVpc, VpcLookup
from naws.core.rules.types import declared_type
from naws.core.spelling import suggesting
from naws.core.stacks import reference_of
from naws.core.type_checks import check_types, matches

# Keyed by jsii's reference, which survives when Python lets go of its half of a construct.
_APPLIED: dict[str, "Conventions"] = {}


@suggesting
@dataclass(frozen=True, kw_only=True)
class Conventions:
    """Shared settings; every one is optional and `None` means "not given".

    Attributes:
        service: what the resources belong to; becomes the tag `service`. Omitted: no such tag.
        stage: which environment, such as "prod"; becomes the tag `stage`. Omitted: no such tag.
        owner: who answers for it; becomes the tag `owner`. Omitted: no such tag.
        name_prefix: gives the things that people look for in the console a physical name,
            `<prefix>-<construct id>-<purpose>`. Omitted: CloudFormation names everything, so that replacement works.
        vpc: the network that patterns use. Omitted: one VPC is created per stack and shared by its patterns.
        tags: further tags for everything taggable.
        required_tags: keys that have to be among the tags; `service`, `stage` and `owner` count. Omitted: none.
        alarm_topic: where alarms are sent. Omitted: one encrypted topic is created per stack.
        log_retention: how long logs are kept. Omitted: what each pattern documents.
        encryption_key: encrypts queues, logs, large payloads and the flow logs of a created VPC; of their account and
            region. Omitted: the keys that AWS manages for each service.
        removal_policy: what happens to data when its stack goes. Omitted: they are retained, except when the stack's
            first deployment fails.
        permissions_boundary: name of the managed policy that bounds every role, that of a created VPC too. Omitted:
            none.
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
        issues = [issue for mismatch in check_types(self, "Conventions")[1] for issue in declared_type.issues(mismatch)]
        if issues:
            raise PatternValidationError(f"Conventions of {scope.node.path or 'the app'}", issues)
        _APPLIED[reference_of(scope)] = self
        for key, value in self.all_tags().items():
            cdk.Tags.of(scope).add(key, value)

    def all_tags(self) -> dict[str, str]:
        """The tags given directly and those that service, stage and owner become."""
        derived = {"service": self.service, "stage": self.stage, "owner": self.owner}
        return {key: value for key, value in derived.items() if value is not None} | dict(self.tags)


def conventions_of(scope: Construct, nearest: Conventions | None = None) -> Conventions:
    """The conventions in force at `scope`: for each field the nearest construct up the tree that gives it.

    Args:
        scope: where.
        nearest: given still nearer, at a construct that is not there yet. Omitted: none.
    """
    return conventions_in([reference_of(each) for each in scope.node.scopes], nearest)


def conventions_in(scopes: Sequence[str], nearest: Conventions | None = None) -> Conventions:
    """The same by jsii's references to the constructs down to where they are in force."""
    merged = Conventions()
    for inner in filter(None, (*map(_APPLIED.get, scopes), nearest)):
        given = {f.name: getattr(inner, f.name) for f in fields(inner) if getattr(inner, f.name) is not None}
        given["tags"] = {**merged.tags, **inner.tags}
        given["required_tags"] = tuple(dict.fromkeys((*merged.required_tags, *inner.required_tags)))
        merged = replace(merged, **given)
    return merged
