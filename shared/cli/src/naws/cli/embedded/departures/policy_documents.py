"""What AWS refuses of a policy when it is put: principals that are none, and actions of another service."""
# ruff: noqa: SLF001  # departures replace MiniStack's private functions

import json
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from naws.cli.embedded.departures.json_values import is_array, is_object, members
from naws.cli.embedded.departures.patching import before, core, departure, judge_template, replace, service, unless

_PRINCIPAL = re.compile(
    r"\*|\d{12}|A[A-Z0-9]{15,}|arn:aws[\w-]*:(iam::\d{12}:(root|(role|user)/[^*?]+)|sts::\d{12}:(assumed-role|federated-user)/[^*?]+)"
    r"|arn:aws[\w-]*:iam::cloudfront:user/[^*?]+"
)
_NOT_ATTACHABLE = "does not exist or is not attachable."


@departure(
    source="IAM User Guide, 'AWS JSON policy elements: Principal' (no wildcard matches a part of a principal; an ARN "
    "becomes the principal's id when the policy is saved); the sentences as users met them: opstrace/opstrace, issue "
    "88; hashicorp/terraform-provider-aws, issue 26041; aws-samples/siem-on-amazon-opensearch-service, issue 32; an "
    "action of another service: LocalStack's test_sns.snapshot.json, test_add_permission_errors",
    replaces=(
        "iam._create_role",
        "iam._update_assume_role_policy",
        "iam._roles",
        "iam._users",
        "iam._error",
        "iam._p",
        "s3._put_bucket_policy",
        "s3._error",
        "sqs._act_set_queue_attributes",
        "sqs._Err",
        "sns._set_topic_attributes",
        "sns._error",
        "kms._put_key_policy",
        "kms._create_key",
        "kms.error_response_json",
        "cloudformation.provisioners._RESOURCE_HANDLERS",
    ),
)
def policy_principals() -> None:
    """A policy that names a principal by a pattern, or a role or user of this account that is not there, is refused.

    So is a bucket's, queue's or topic's policy with an action of another service. Which services are principals, and
    which actions a service has, is not asked. Templates are asked the same.
    """
    replace(service("iam"), "_create_role", unless(partial(_refused_trust, "AssumeRolePolicyDocument")))
    replace(service("iam"), "_update_assume_role_policy", unless(partial(_refused_trust, "PolicyDocument")))
    replace(service("s3"), "_put_bucket_policy", unless(_refused_bucket_policy))
    replace(service("sqs"), "_act_set_queue_attributes", before(_judge_queue_policy))
    replace(service("sns"), "_set_topic_attributes", unless(_refused_topic_policy))
    for name in ("_put_key_policy", "_create_key"):
        replace(service("kms"), name, unless(_refused_key_policy))
    for kind, (field, actions) in _TEMPLATES.items():
        judge_template(kind, partial(_judge_document, field, actions))


_TEMPLATES = {
    "IAM::Role": ("AssumeRolePolicyDocument", ""),
    "S3::BucketPolicy": ("PolicyDocument", "s3"),
    "SQS::QueuePolicy": ("PolicyDocument", "sqs"),
    "SNS::TopicPolicy": ("PolicyDocument", "sns"),
    "KMS::Key": ("KeyPolicy", ""),
}


def _refused_trust(field: str, parameters: dict[str, Any]) -> Any:
    iam = service("iam")
    wrong = _wrong_principal(iam._p(parameters, field))
    message = f"Invalid principal in policy: &quot;AWS&quot;:&quot;{wrong}&quot;"
    return iam._error(400, "MalformedPolicyDocument", message, ns="iam") if wrong else None


def _refused_bucket_policy(_bucket: str, body: bytes) -> Any:
    text = body.decode()
    wrong = "Invalid principal in policy" if _wrong_principal(text) else ""
    if not wrong and _wrong_action(text, "s3"):
        wrong = "Policy has invalid action"
    return service("s3")._error("MalformedPolicy", wrong, 400) if wrong else None


def _judge_queue_policy(request: dict[str, Any], _url: str) -> None:
    policy = members(request.get("Attributes")).get("Policy")
    if policy and (_wrong_principal(policy) or _wrong_action(policy, "sqs")):
        raise service("sqs")._Err("InvalidAttributeValue", "Invalid value for the parameter Policy.")


def _refused_topic_policy(parameters: dict[str, Any]) -> Any:
    sns = service("sns")
    if sns._p(parameters, "AttributeName") != "Policy":
        return None
    policy = sns._p(parameters, "AttributeValue")
    wrong = "Policy Error: PrincipalNotFound" if _wrong_principal(policy) else ""
    if not wrong and _wrong_action(policy, "sns"):
        wrong = "Policy statement action out of service scope!"
    return sns._error("InvalidParameter", f"Invalid parameter: {wrong}", 400) if wrong else None


def _refused_key_policy(request: dict[str, Any]) -> Any:
    text = "Policy contains a statement with one or more invalid principals."
    refuse = partial(service("kms").error_response_json, "MalformedPolicyDocumentException", text, 400)
    return refuse() if _wrong_principal(request.get("Policy")) else None


def _judge_document(field: str, actions: str, properties: dict[str, Any]) -> None:
    policy = properties.get(field)
    wrong = _wrong_principal(policy)
    if wrong:
        raise ValueError(f'Invalid principal in policy: "AWS":"{wrong}"')
    if actions and _wrong_action(policy, actions):
        raise ValueError("Policy statement action out of service scope!")


def _statements(policy: Any) -> Iterator[dict[str, Any]]:
    try:
        document = json.loads(policy) if isinstance(policy, str) else policy
    except ValueError:
        return  # it is refused for what it is
    if is_object(document):
        yield from (statement for statement in _list(document.get("Statement")) if is_object(statement))


def _wrong_principal(policy: Any) -> str:
    """The first principal that is none; empty when all are."""
    for statement in _statements(policy):
        for field in ("Principal", "NotPrincipal"):
            named = statement.get(field)
            for principal in _list(named.get("AWS")) if is_object(named) else ():
                if not _is_principal(str(principal)):
                    return str(principal)
    return ""


def _is_principal(name: str) -> bool:
    if not _PRINCIPAL.fullmatch(name):
        return False
    account, kind = name.split(":")[4:6] if name.startswith("arn:") else ("", "")
    if account != core("responses").get_account_id() or not kind.startswith(("role/", "user/")):
        return True
    stores: dict[str, Callable[[], Any]] = {
        "role": lambda: service("iam")._roles,
        "user": lambda: service("iam")._users,
    }
    found = stores[kind.partition("/")[0]]().get(kind.rpartition("/")[2])
    return members(found).get("Arn") == name


def _wrong_action(policy: Any, prefix: str) -> bool:
    actions = (str(action).lower() for statement in _statements(policy) for action in _list(statement.get("Action")))
    return any(action != "*" and not action.startswith(f"{prefix}:") for action in actions)


def _list(value: Any) -> list[Any]:
    return value if is_array(value) else [] if value is None else [value]


@departure(
    source="recorded answers of AWS: LocalStack's test_iam.snapshot.json, test_role_attach_policy",
    replaces=(
        "iam._attach_role_policy",
        "iam._policies",
        "iam._roles",
        "iam._error",
        "iam._p",
        "cloudformation.provisioners._RESOURCE_HANDLERS",
    ),
)
def attached_policies() -> None:
    """A policy of this account that is not there is not attached to a role. Which policies AWS has, is not asked."""
    replace(service("iam"), "_attach_role_policy", unless(_refused_attachment))
    judge_template("IAM::Role", _judge_attachments)


def _refused_attachment(parameters: dict[str, Any]) -> Any:
    iam = service("iam")
    role, arn = iam._roles.get(iam._p(parameters, "RoleName")), str(iam._p(parameters, "PolicyArn"))
    if role and not arn.startswith("arn:"):
        return iam._error(400, "ValidationError", "Invalid ARN:  Could not be parsed!", ns="iam")
    if role and _is_missing(arn):
        return iam._error(404, "NoSuchEntity", f"Policy {arn} {_NOT_ATTACHABLE}", ns="iam")
    return None


def _judge_attachments(properties: dict[str, Any]) -> None:
    for arn in properties.get("ManagedPolicyArns") or ():
        if _is_missing(str(arn)):
            raise ValueError(f"Policy {arn} {_NOT_ATTACHABLE}")


def _is_missing(arn: str) -> bool:
    return f"::{core('responses').get_account_id()}:policy/" in arn and arn not in service("iam")._policies
