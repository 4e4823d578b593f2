"""May a caller do a thing? MiniStack's evaluator of IAM policies, for the calls that no request over HTTP brings.

    ask_role      a role's session: identity policies, boundary, and the resource's own policy
    ask_caller    as ask_role, for whoever is acting now (a request's signer, or `acting_as`)
    ask_service   a service principal: the resource's own policy only
    ask_everybody whoever has no name: the resource's own policy only
    ask_trust     a service principal that wants to assume a role
    ask_*_key     the same callers, for the key of an encrypted resource

Each raises `DeniedError` with AWS's sentence, and keeps it in `denials`. All of them pass while `evaluating` is false.
One account's evaluation with resource policies of others; no organisation's policies. What `iam:PassRole` would ask of
those who deploy a stack is not asked: CloudFormation acts here as the account's root.
"""

import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from typing import Any

from naws.cli.embedded.departures.arns import account_of, name_of, region_of, service_of
from naws.cli.embedded.departures.callers import entity_of, session_of, unknown_policies, user_of
from naws.cli.embedded.departures.encryption import aliases_of, encryption_context, key_of, scope_of
from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.patching import bound
from naws.cli.embedded.departures.services import app, evaluator, iam_actions, responses, tagging
from naws.cli.embedded.settings import Denial

# Services that name the owner of their source as the default policy of an SNS topic wants it; others only know
# aws:SourceAccount. Source: Amazon SNS Developer Guide, 'aws:SourceAccount versus aws:SourceOwner'.
_NAMES_OWNER = ("cloudwatch.amazonaws.com",)
# Actions that the root of a bucket's account has whatever the bucket's policy denies. Source: Amazon S3 API Reference,
# PutBucketPolicy, GetBucketPolicy, DeleteBucketPolicy.
_ALWAYS_ROOTS = frozenset({"s3:DeleteBucketPolicy", "s3:GetBucketPolicy", "s3:PutBucketPolicy"})


class DeniedError(Exception):
    """A permission is missing; the text is AWS's sentence.

    Attributes:
        code: The error's code as the service that was called names it, such as ``AccessDeniedException``.
    """

    def __init__(self, code: str, sentence: str) -> None:
        self.code = code
        super().__init__(sentence)


_denials: deque[Denial] = deque(maxlen=1000)


def evaluating() -> bool:
    """Whether policies are evaluated at all."""
    return bool(app.AUTH)


def denials() -> list[Denial]:
    """The last thousand refusals, the oldest first."""
    return list(_denials)


def note_denial(principal: str, action: str, resource: str, sentence: str) -> None:
    """Keep a refusal for those who ask what was refused."""
    _denials.append(Denial(principal=principal, action=action, resource=resource, sentence=sentence, at=time.time()))


def denied(ask: Callable[..., None], *arguments: Any, **named: Any) -> DeniedError | None:
    """The refusal of what is asked by a function of this module; None when it is allowed."""
    try:
        ask(*arguments, **named)
    except DeniedError as error:
        return error
    return None


@contextmanager
def acting_as(role_arn: str, session_name: str) -> Generator[None]:
    """Let what follows in this thread, and in threads that copy its context, be done by a session of the role."""
    with bound(evaluator._request_caller_arn, session_arn(role_arn, session_name)):
        yield


def session_arn(role_arn: str, session_name: str) -> str:
    """The ARN of a role's session."""
    return f"arn:aws:sts::{account_of(role_arn)}:assumed-role/{name_of(role_arn)}/{session_name}"


def ask_role(
    role_arn: str, session_name: str, action: str, resource: str, *, context: Mapping[str, str] | None = None
) -> None:
    """Ask whether a session of the role may do this.

    Args:
        role_arn: The role; one that does not exist may do nothing.
        session_name: The session's name, which only its ARN shows.
        action: Such as ``sqs:SendMessage``.
        resource: An ARN, or ``*`` where the action takes none.
        context: Condition keys beyond the global ones.
    """
    _ask_as(session_arn(role_arn, session_name), action, resource, context or {})


def ask_caller(action: str, resource: str, *, context: Mapping[str, str] | None = None) -> None:
    """Ask whether whoever is acting now may do this; the account's root may what no resource's policy denies."""
    _ask_as(_caller(), action, resource, context or {})


def ask_service(
    principal: str, action: str, resource: str, *, source_arn: str, source_account: str | None = None
) -> None:
    """Ask whether an AWS service may do this by the resource's own policy.

    Args:
        principal: Such as ``cloudwatch.amazonaws.com``.
        action: Such as ``sns:Publish``.
        resource: ARN of a topic, queue, bucket, key, secret …
        source_arn: What the service acts for: an alarm, a rule …; empty where the service does not name it.
        source_account: The account of that; omitted, the one in its ARN.

    Raises:
        DeniedError: No policy, or no statement of it, allows it, or one denies it.
    """
    if evaluating():
        _ask_service(_service_context(principal, action, resource, source_arn, source_account))


def _ask_service(context: Any) -> None:
    principal = context.service_context["aws:principalservicename"]
    policy = _policy_of(context.resource_arn, context.action)
    decision = "ImplicitDeny"
    if policy is not None and policy[0]:
        decision = evaluator.evaluate_resource_policy(policy[0], context, service=principal).decision
    if decision != "Allow":
        raise _denied(principal, context.action, context.resource_arn, decision, "resource-based policy")


def ask_everybody(action: str, resource: str, *, context: Mapping[str, str]) -> None:
    """Ask whether the resource's own policy lets everybody do this.

    Raises:
        DeniedError: No policy, or no statement of it, allows it, or one denies it.
    """
    if evaluating():
        anonymous = evaluator.PrincipalInfo(arn="anonymous", type="Anonymous", account="", policies=None, keys={})
        policy = _policy_of(resource, action)
        asked = _context(anonymous, action, resource, context)
        decision = evaluator.evaluate_resource_policy(policy[0] if policy else None, asked).decision
        if decision != "Allow":
            raise _denied(anonymous.arn, action, resource, decision, "resource-based policy")


def lets_account(account: str, action: str, resource: str) -> bool:
    """Whether the resource's own policy lets the root of another account do this; what it does not let is not kept."""
    policy = _policy_of(resource, action)
    arn = f"arn:aws:iam::{account}:root"
    root = evaluator.PrincipalInfo(arn=arn, type="Root", account=account, policies=None, keys={})
    asked = _context(root, action, resource, {})
    return evaluator.evaluate_resource_policy(policy[0] if policy else None, asked).decision == "Allow"


def ask_trust(role_arn: str, principal: str, *, source_arn: str) -> None:
    """Ask whether a service may assume the role.

    Raises:
        DeniedError: The role does not exist, or its trust policy does not allow it.
    """
    if not evaluating():
        return
    trust = entity_of(role_arn).get("AssumeRolePolicyDocument")
    context = _service_context(principal, "sts:AssumeRole", role_arn, source_arn)
    names = (principal, _regional(principal, source_arn))
    decisions = {evaluator.evaluate_resource_policy(trust, context, service=name).decision for name in names}
    if "Deny" in decisions or "Allow" not in decisions:
        decision = "Deny" if "Deny" in decisions else "ImplicitDeny"
        raise _denied(principal, "sts:AssumeRole", role_arn, decision, "resource-based policy")


def ask_role_key(role_arn: str, session_name: str, resource: str, *actions: str) -> None:
    """Ask whether a session of the role may use the key of an encrypted resource through its service.

    A key of AWS (``alias/aws/…``) lets every principal of its account, through the service.
    """
    _ask_key_as(session_arn(role_arn, session_name), resource, actions)


def ask_caller_key(resource: str, *actions: str) -> None:
    """Ask whether the current caller may use the key of a resource, as ``ask_role_key`` does for a role."""
    _ask_key_as(_caller(), resource, actions)


def ask_service_key(
    principal: str, resource: str, *actions: str, source_arn: str, source_account: str | None = None
) -> None:
    """Ask whether an AWS service may use the key of an encrypted resource; a key of AWS lets no service."""
    key = key_of(resource) if evaluating() else None
    for action in actions if key is not None else ():
        context = _service_context(principal, action, str(key), source_arn, source_account)
        given = encryption_context(resource)
        context.service_context.update({name.lower(): value for name, value in given.items()})
        _ask_service(context)


def _caller() -> str:
    return str(evaluator.caller_arn())


def _ask_as(arn: str, action: str, resource: str, context: Mapping[str, Any]) -> None:
    if not evaluating():
        return
    if arn.endswith(":root"):
        _ask_root(arn, action, resource, context)
    else:
        _ask(session_of(arn) if ":assumed-role/" in arn else user_of(arn), action, resource, context)


def _ask_root(arn: str, action: str, resource: str, given: Mapping[str, Any]) -> None:
    # Source: IAM User Guide, 'How AWS enforcement code logic evaluates requests': an explicit deny is for everybody.
    policy = None if action in _ALWAYS_ROOTS else _policy_of(resource, action)
    if policy is None or not policy[0]:
        return
    account = account_of(arn)
    root = evaluator.PrincipalInfo(arn=arn, type="Root", account=account, policies=None, keys={"aws:userid": account})
    context = _context(root, action, resource, given)
    if evaluator.evaluate_resource_policy(policy[0], context).decision == "Deny":
        raise _denied(arn, action, resource, "Deny", "resource-based policy")


def _ask_key_as(arn: str, resource: str, actions: Iterable[str]) -> None:
    key = key_of(resource) if evaluating() else None
    if key is not None and ":alias/aws/" not in key:
        context = {**_through(resource), "kms:ResourceAliases": aliases_of(key) or None}
        for action in actions:
            _ask_as(arn, action, key, context)


def _context(caller: Any, action: str, resource: str, given: Mapping[str, Any]) -> Any:
    return evaluator.EvalContext(
        principal_arn=caller.arn,
        principal_type=caller.type,
        principal_account=caller.account,
        action=action,
        resource_arn=resource,
        region=_region(resource),
        service_context={"aws:tagkeys": None, **{name.lower(): value for name, value in given.items()}},
        principal_keys=caller.keys,
    )


def _ask(caller: Any, action: str, resource: str, given: Mapping[str, Any]) -> None:
    context = _context(caller, action, resource, given)
    if evaluator._names_condition_key(caller.policies, "aws:resourcetag/"):
        for name, value in members(tagging.resource_tags(resource)).items():
            context.service_context.setdefault(f"aws:resourcetag/{name}".lower(), value)
    result = evaluator.evaluate(context, caller.policies, *caller.limits)
    policy = _policy_of(resource, action)
    if policy is not None:
        required = action.partition(":")[0] in evaluator._POLICY_REQUIRED
        result = evaluator.combine_resource_policy(result, context, *policy, required=required, limits=caller.limits)
    if result.decision != "Allow":
        raise _denied(caller.arn, action, resource, result.decision, _kind(context, caller, result))


def _kind(context: Any, caller: Any, result: Any) -> str:
    """The kind of policy that denied the call, as AWS's sentence names it."""
    if result.resource_policy_arn:
        return "resource-based policy"
    if evaluator.evaluate(context, caller.policies).decision == result.decision:
        return "identity-based policy"
    limited = evaluator.evaluate(context, caller.policies, *caller.limits).decision != "Allow"
    return "permissions boundary" if limited else "resource-based policy"


def sentence(principal: str, action: str, resource: str, decision: str, kind: str) -> str:
    """AWS's message for a denied call.

    Source: IAM User Guide, 'Troubleshoot access denied error messages'.
    """
    prefix, _, name = action.partition(":")
    spelled = {"sqs": f"sqs:{name.lower()}", "sns": f"SNS:{name}"}.get(prefix, action)
    shown = f'"{resource}"' if prefix == "s3" else resource
    article = "an" if kind[0] in "aeiou" else "a"
    reason = (
        f"with an explicit deny in {article} {kind}"
        if decision == "Deny"
        else f"because no {kind} allows the {spelled} action"
    )
    return f"User: {principal} is not authorized to perform: {spelled} on resource: {shown} {reason}"


def _denied(principal: str, action: str, resource: str, decision: str, kind: str) -> DeniedError:
    text = sentence(principal, action, resource, decision, kind)
    unknown = ", ".join(unknown_policies(principal)) if decision != "Deny" else ""
    note = f" (the embedded AWS does not know the attached {unknown})" if unknown else ""
    note_denial(principal, action, resource, f"{text}{note}")
    return DeniedError(code_of(action.partition(":")[0]), text)


def code_of(namespace: str) -> str:
    """The error code of a call that a service denies: ``AccessDenied`` in XML, ``AccessDeniedException`` in JSON."""
    name = {"cloudwatch": "monitoring"}.get(namespace, namespace)
    if name in iam_actions._DENIED_CODES:
        return str(iam_actions._DENIED_CODES[name])
    return "AccessDenied" if name in iam_actions._SERVICE_PROTOCOL or name == "sqs" else "AccessDeniedException"


def _policy_of(resource: str, action: str) -> tuple[Any, str] | None:
    """A resource's own policy, and its owner's account; a role's is its trust policy.

    Source: STS API Reference, AssumeRole: a principal that the trust policy of a role of its account names needs no
    permission of its own.
    """
    if not resource.startswith("arn:"):
        return None
    if action == "sts:AssumeRole":
        return entity_of(resource).get("AssumeRolePolicyDocument"), account_of(resource)
    with scope_of(resource):
        return evaluator._resource_policy(service_of(resource), resource)


def _service_context(
    principal: str, action: str, resource: str, source_arn: str, source_account: str | None = None
) -> Any:
    # The service itself calls, no principal of an account: a grant to the account's root does not let it.
    account = account_of(source_arn) if source_account is None else source_account
    keys = {
        "aws:sourcearn": source_arn,
        "aws:sourceaccount": account,
        "aws:sourceowner": account if principal in _NAMES_OWNER else "",
        "aws:principalisawsservice": "true",
        "aws:principalservicename": principal,
    }
    return evaluator.EvalContext(
        principal_arn="*",
        principal_type="Service",
        principal_account="",
        action=action,
        resource_arn=resource,
        region=_region(resource),
        source_ip=None,
        secure_transport=True,
        service_context={name: value for name, value in keys.items() if value},
    )


def _through(resource: str) -> dict[str, str]:
    """The condition keys of KMS for a call that a resource's service makes for the caller."""
    service = f"{service_of(resource)}.{_region(resource)}.amazonaws.com"
    return {"kms:ViaService": service, **encryption_context(resource)}


def _regional(principal: str, source_arn: str) -> str:
    """The principal of a service in a region, which Step Functions may assume roles as, too."""
    return principal.replace(".", f".{_region(source_arn)}.", 1) if principal.startswith("states.") else principal


def _region(resource: str) -> str:
    return region_of(resource) or str(responses.get_region())
