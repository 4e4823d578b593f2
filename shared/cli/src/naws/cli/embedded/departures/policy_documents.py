"""Policies that AWS refuses when they are put: invalid principals, and actions of another service."""

import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from naws.cli.embedded.departures.arns import name_of
from naws.cli.embedded.departures.json_values import is_object, json_object, listed, members
from naws.cli.embedded.departures.patching import Original, departure, wrap
from naws.cli.embedded.departures.refusals import RefusedError, check_requests
from naws.cli.embedded.departures.services import evaluator, iam, kms, responses, s3, sns, sqs
from naws.cli.embedded.departures.templates import BOTH, check_template

_PRINCIPAL = re.compile(
    r"\*|\d{12}|A[A-Z0-9]{15,}|arn:aws[\w-]*:(iam::\d{12}:(root|(role|user)/[^*?]+)|sts::\d{12}:(assumed-role|federated-user)/[^*?]+)"
    r"|arn:aws[\w-]*:iam::cloudfront:user/[^*?]+"
)
_NAMES = "Statement IDs (SID) in a single policy must be unique."
_OUT_OF_SCOPE = "Policy statement action out of service scope!"


@departure(
    "IAM User Guide, 'AWS JSON policy elements: Principal' (no wildcard matches a part of a principal; an ARN "
    "becomes the principal's id when the policy is saved); the sentences as users met them: opstrace/opstrace, issue "
    "88; hashicorp/terraform-provider-aws, issue 26041; aws-samples/siem-on-amazon-opensearch-service, issue 32; an "
    "action of another service: LocalStack's test_sns.snapshot.json, test_add_permission_errors"
)
def policy_principals() -> None:
    """A policy that names a principal by a pattern, or a role or user of this account that is not there, is refused.

    So is a bucket's, queue's or topic's policy with an action of another service. Which services are principals, and
    which actions a service has, is not asked. Templates are asked the same.
    """
    check_requests(iam, "_create_role", partial(_check_trust, "AssumeRolePolicyDocument"))
    check_requests(iam, "_update_assume_role_policy", partial(_check_trust, "PolicyDocument"))
    check_requests(s3, "_put_bucket_policy", _check_bucket_policy)
    check_requests(sqs, "_act_set_queue_attributes", _check_queue_policy)
    check_requests(sns, "_set_topic_attributes", _check_topic_policy)
    check_requests(kms, ("_put_key_policy", "_create_key"), _check_key_policy)
    for kind, (field, actions) in _TEMPLATES.items():
        check_template(kind, BOTH, partial(_check_document, field, actions))


_TEMPLATES = {
    "IAM::Role": ("AssumeRolePolicyDocument", ""),
    "S3::BucketPolicy": ("PolicyDocument", "s3"),
    "SQS::QueuePolicy": ("PolicyDocument", "sqs"),
    "SNS::TopicPolicy": ("PolicyDocument", "sns"),
    "KMS::Key": ("KeyPolicy", ""),
}


def _check_trust(field: str, parameters: dict[str, Any]) -> None:
    if wrong := _wrong_principal(iam._p(parameters, field)):
        text = f"Invalid principal in policy: &quot;AWS&quot;:&quot;{wrong}&quot;"
        raise RefusedError(text, "MalformedPolicyDocument")


def _check_bucket_policy(_bucket: str, body: bytes) -> None:
    policy = body.decode()
    if _wrong_principal(policy):
        raise RefusedError("Invalid principal in policy", "MalformedPolicy")
    if _has_foreign_action(policy, "s3"):
        raise RefusedError("Policy has invalid action", "MalformedPolicy")


def _check_queue_policy(request: dict[str, Any], _url: str) -> None:
    policy = members(request.get("Attributes")).get("Policy")
    if _wrong_principal(policy) or _has_foreign_action(policy, "sqs"):
        raise RefusedError("Invalid value for the parameter Policy.", "InvalidAttributeValue")


def _check_topic_policy(parameters: dict[str, Any]) -> None:
    policy = sns._p(parameters, "AttributeValue") if sns._p(parameters, "AttributeName") == "Policy" else None
    if _wrong_principal(policy):
        raise RefusedError("Invalid parameter: Policy Error: PrincipalNotFound", "InvalidParameter")
    if _has_foreign_action(policy, "sns"):
        raise RefusedError(f"Invalid parameter: {_OUT_OF_SCOPE}", "InvalidParameter")


def _check_key_policy(request: dict[str, Any]) -> None:
    if _wrong_principal(request.get("Policy")):
        text = "Policy contains a statement with one or more invalid principals."
        raise RefusedError(text, "MalformedPolicyDocumentException")


def _check_document(field: str, actions: str, properties: dict[str, Any]) -> None:
    policy = properties.get(field)
    if wrong := _wrong_principal(policy):
        raise RefusedError(f'Invalid principal in policy: "AWS":"{wrong}"')
    if actions and _has_foreign_action(policy, actions):
        raise RefusedError(_OUT_OF_SCOPE)


def _statements(policy: Any) -> Iterator[dict[str, Any]]:
    return filter(is_object, listed(json_object(policy).get("Statement")))  # what is no policy is refused for that


def _wrong_principal(policy: Any) -> str:
    """The first principal that is none; empty when all are."""
    for statement in _statements(policy):
        for field in ("Principal", "NotPrincipal"):
            named = statement.get(field)
            for principal in listed(named.get("AWS")) if is_object(named) else ():
                if not _is_principal(str(principal)):
                    return str(principal)
    return ""


def _is_principal(name: str) -> bool:
    if not _PRINCIPAL.fullmatch(name):
        return False
    account, kind = name.split(":")[4:6] if name.startswith("arn:") else ("", "")
    if account != responses.get_account_id() or not kind.startswith(("role/", "user/")):
        return True
    found = (iam._roles if kind.startswith("role/") else iam._users).get(name_of(kind))
    return members(found).get("Arn") == name


def _has_foreign_action(policy: Any, prefix: str) -> bool:
    actions = (str(action).lower() for statement in _statements(policy) for action in listed(statement.get("Action")))
    return any(action != "*" and not action.startswith(f"{prefix}:") for action in actions)


@departure(
    "IAM User Guide, 'IAM JSON policy elements: Sid' (unique within a policy); the sentence: getmoto/moto, "
    "iam/policy_validation.py"
)
def statement_names() -> None:
    """An identity policy that names two statements alike is refused. What other services say of one is not asked."""
    wrap(evaluator, "validate_policy_document", _with_names)
    check_template("IAM::ManagedPolicy", BOTH, _check_names)
    check_template("IAM::Role", BOTH, _check_inline_names)


def _with_names(original: Original, document: Any) -> str | None:
    return original(document) or (_NAMES if _names_twice(document) else None)


def _check_inline_names(properties: dict[str, Any]) -> None:
    for each in filter(is_object, listed(properties.get("Policies"))):
        _check_names(each)


def _check_names(properties: dict[str, Any]) -> None:
    if _names_twice(properties.get("PolicyDocument")):
        raise RefusedError(_NAMES)


def _names_twice(policy: Any) -> bool:
    names = [name for name in (statement.get("Sid") for statement in _statements(policy)) if name]
    return len(names) != len(set(names))


@departure("recorded answers of AWS: LocalStack's test_iam.snapshot.json, test_role_attach_policy")
def attached_policies() -> None:
    """A policy of this account that is not there is not attached to a role. Which policies AWS has, is not asked."""
    check_requests(iam, "_attach_role_policy", _check_attachment)
    check_template("IAM::Role", BOTH, _check_attachments)


def _check_attachment(parameters: dict[str, Any]) -> None:
    arn = str(iam._p(parameters, "PolicyArn"))
    if not iam._roles.get(iam._p(parameters, "RoleName")):
        return  # refused for that
    if not arn.startswith("arn:"):
        raise RefusedError("Invalid ARN:  Could not be parsed!", "ValidationError")
    _check_existence(arn)


def _check_attachments(properties: dict[str, Any]) -> None:
    for arn in properties.get("ManagedPolicyArns") or ():
        _check_existence(str(arn))


def _check_existence(arn: str) -> None:
    if f"::{responses.get_account_id()}:policy/" in arn and arn not in iam._policies:
        raise RefusedError(f"Policy {arn} does not exist or is not attachable.", "NoSuchEntity", 404)
