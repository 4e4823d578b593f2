"""Assertions that any pattern or stack can share.

Each raises `FindingsError`, an AssertionError that lists every place at once.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from naws.core.parsed_json import is_object
from naws.testing._extras import optional
from naws.testing._policies import as_list, identity_statements, reference_of, requires_tls, resources_of
from naws.testing.findings import Finding, FindingsError

Template = Mapping[str, Any]

_BUCKET, _QUEUE, _TOPIC = "AWS::S3::Bucket", "AWS::SQS::Queue", "AWS::SNS::Topic"
_PUBLIC_ACCESS = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")


def assert_no_resource_types(template: Template, types: Iterable[str]) -> None:
    """No resource is of one of these types; `AWS::ElasticLoadBalancingV2::*` stands for all of a service."""
    forbidden = list(types)
    _raise(
        Finding("no-resource-types", logical_id, f"{resource['Type']} must not be in the template")
        for logical_id, resource in template["Resources"].items()
        if any(fnmatch.fnmatchcase(resource["Type"], pattern) for pattern in forbidden)
    )


def assert_encrypted(template: Template) -> None:
    """Queues, topics and buckets are encrypted explicitly and take TLS only; buckets are closed to the public.

    DynamoDB tables and log groups need no check: AWS encrypts every one of them.
    """
    _raise([*_unencrypted(template), *_without_tls(template), *_public_buckets(template)])


def assert_log_retention(template: Template) -> None:
    """Every log group says how long it keeps its events; without it they are kept, and paid for, for ever."""
    _raise(
        Finding("log-retention", logical_id, "has no RetentionInDays")
        for logical_id, properties in resources_of(template, "AWS::Logs::LogGroup").items()
        if "RetentionInDays" not in properties
    )


def assert_no_wildcard_actions(template: Template) -> None:
    """No identity policy allows `*` or all actions of a service; `s3:Get*` is narrow enough."""
    _raise(
        Finding("no-wildcard-actions", statement.logical_id, f"allows {action}")
        for statement in identity_statements(template)
        if statement.effect == "Allow"
        for action in statement.actions
        if action == "*" or action.endswith(":*")
    )


def assert_least_privilege(template: Template, allowed: Mapping[str, str]) -> None:
    """Actions are allowed on all resources (`"Resource": "*"`) only when `allowed` has a reason for the action.

    Args:
        template: the template.
        allowed: why, by action; mostly that the action has no resource level. A reason that answers nothing is
            itself a finding, so that the list shrinks with the template.
    """
    found: list[Finding] = []
    answered: set[str] = set()
    for statement in identity_statements(template):
        if statement.effect != "Allow" or "*" not in statement.resources:
            continue
        answered.update(set(statement.actions) & set(allowed))
        found.extend(
            Finding("least-privilege", statement.logical_id, f"allows {action} on every resource")
            for action in statement.actions
            if not allowed.get(action)
        )
    unused = set(allowed) - answered
    _raise([*found, *(Finding("least-privilege", action, "is excused but not in the template") for action in unused)])


def assert_tagged(template: Template, tags: Mapping[str, str], *, excused: Mapping[str, str] | None = None) -> None:
    """Every resource that can be tagged on creation has these tags. Which can is in cfn-lint's resource schemas.

    Args:
        template: the template.
        tags: key and value of each tag.
        excused: why, by resource type; mostly that CDK cannot tag the type yet.
    """
    _raise(
        Finding("tagged", logical_id, f"{resource['Type']} has no tag {key}={value}")
        for logical_id, resource in template["Resources"].items()
        for place in [_tag_property(resource["Type"])]
        if place and not (excused or {}).get(resource["Type"])
        for key, value in tags.items()
        if _tags(resource.get("Properties", {}).get(place)).get(key) != value
    )


def _unencrypted(template: Template) -> Iterator[Finding]:
    for logical_id, properties in resources_of(template, _QUEUE).items():
        if not properties.get("KmsMasterKeyId") and properties.get("SqsManagedSseEnabled") is not True:
            yield Finding("encrypted", logical_id, "queue without SqsManagedSseEnabled or KmsMasterKeyId")
    for logical_id, properties in resources_of(template, _TOPIC).items():
        if not properties.get("KmsMasterKeyId"):
            yield Finding("encrypted", logical_id, "topic without KmsMasterKeyId")
    for logical_id, properties in resources_of(template, _BUCKET).items():
        if not properties.get("BucketEncryption"):
            yield Finding("encrypted", logical_id, "bucket without BucketEncryption")


def _without_tls(template: Template) -> Iterator[Finding]:
    covered = {
        reference_of(target)
        for policy, field in (
            ("AWS::SQS::QueuePolicy", "Queues"),
            ("AWS::SNS::TopicPolicy", "Topics"),
            ("AWS::S3::BucketPolicy", "Bucket"),
        )
        for properties in resources_of(template, policy).values()
        if requires_tls(properties["PolicyDocument"])
        for target in as_list(properties[field])
    }
    for logical_id in resources_of(template, _QUEUE, _TOPIC, _BUCKET):
        if logical_id not in covered:
            yield Finding("tls-only", logical_id, "no policy denies requests without TLS (aws:SecureTransport)")


def _public_buckets(template: Template) -> Iterator[Finding]:
    for logical_id, properties in resources_of(template, _BUCKET).items():
        block = properties.get("PublicAccessBlockConfiguration", {})
        missing = [setting for setting in _PUBLIC_ACCESS if block.get(setting) is not True]
        if missing:
            yield Finding("no-public-access", logical_id, f"bucket without {', '.join(missing)}")


def _tag_property(resource_type: str) -> str | None:
    """The property that takes the tags, None when the type has none."""
    if not resource_type.startswith("AWS::"):
        return None
    manager = optional("cfnlint.schema").PROVIDER_SCHEMA_MANAGER
    tagging = manager.get_resource_schema("us-east-1", resource_type).schema.get("tagging", {})
    if not tagging.get("taggable") or tagging.get("tagOnCreate") is False:
        return None
    return str(tagging.get("tagProperty", "/properties/Tags")).removeprefix("/properties/")


def _tags(value: Any) -> dict[str, Any]:
    """Tags by key; some types take a list of Key and Value, others a map."""
    if is_object(value):
        return dict(value)
    return {tag["Key"]: tag["Value"] for tag in as_list(value) if is_object(tag)}


def _raise(findings: Iterable[Finding]) -> None:
    found = sorted(set(findings))
    if found:
        raise FindingsError(found)
