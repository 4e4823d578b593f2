"""Reading of a policy's statements: keys of the caller, policy variables, and ``NotPrincipal``."""

import json
import re
from dataclasses import replace as changed
from functools import lru_cache
from typing import Any

from naws.cli.embedded.departures.arns import account_of
from naws.cli.embedded.departures.callers import entity_of, identity_of
from naws.cli.embedded.departures.json_values import is_array, is_object, json_object, listed, members
from naws.cli.embedded.departures.patching import Original, departure, replace, wrap
from naws.cli.embedded.departures.services import evaluator

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_DEFAULT = re.compile(r"\s*([^,\s]+)\s*(?:,\s*'([^']*)'\s*)?")
# A wildcard that is a literal in a pattern: no ARN and no name has these characters, of Unicode's private use.
_LITERALS = {"*": "\ue000", "?": "\ue001"}
_ESCAPED = str.maketrans(_LITERALS)
_ACCOUNT = re.compile(r"\d{12}")


class _UnresolvedError(Exception):
    """A variable has no value in this request."""


@departure("IAM User Guide, 'AWS global condition context keys', aws:PrincipalArn, aws:PrincipalType")
def principal_keys() -> None:
    """``aws:PrincipalArn`` of a role's session is the role's ARN with its path, not the session's.

    The account's root is an ``Account`` to ``aws:PrincipalType``. A service that calls for itself has neither key.
    The policies of queues and topics know the caller's type, name and tags, as all others do.
    """
    wrap(evaluator, "_resolve_condition_key", _with_role)
    wrap(evaluator, "resource_policy_allows", _knowing_caller)


def _knowing_caller(original: Original, policy: Any, context: Any, same_account: bool) -> bool:
    if same_account and str(context.principal_arn).endswith(":root"):
        # A service that delivers is root here: root's requests and services were asked before.
        return True
    caller = identity_of(str(context.principal_arn))
    if policy and caller is not None and not context.principal_keys:
        context = changed(context, principal_type=caller.type, principal_keys=caller.keys)
    return original(policy, context, same_account)


def _with_role(original: Original, key: str, context: Any) -> Any:
    name, arn = key.lower(), str(context.principal_arn)
    if name == "aws:principalarn":
        return None if arn == "*" else role_of(arn) or arn
    if name == "aws:principalaccount":
        return context.principal_account or None
    if name == "aws:principaltype" and context.principal_type in {"Root", "Service"}:
        return "Account" if context.principal_type == "Root" else None
    return original(key, context)


def role_of(session: str) -> str:
    """The ARN of the role that a session's ARN is of, with the role's path; empty for any other principal."""
    if ":assumed-role/" not in session:
        return ""
    named = f"arn:aws:iam::{account_of(session)}:role/{session.split('/')[1]}"
    return str(entity_of(session).get("Arn") or named)


@departure("IAM User Guide, 'IAM policy elements: Variables and tags', 'IAM JSON policy elements: NotPrincipal'")
def policy_statements() -> None:
    """Variables in resources, and in the values of string and ARN conditions, have the request's values.

    So in policies of ``Version`` 2012-10-17; in others ``${`` is text. A statement with a variable that has neither
    a value nor a default matches nothing. What a variable brings is text: its ``*`` is no wildcard.

    A ``Deny`` with ``NotPrincipal`` denies whoever it does not name. A user is named by its ARN and its account's, a
    role's session by its role's or its own and the account's; who has a permissions boundary is always denied.
    """
    wrap(evaluator, "parse_policy_document", _noting_variables)
    wrap(evaluator, "_first_match", _with_values)
    wrap(evaluator, "_fnmatch_compile", _with_literals)
    wrap(evaluator, "evaluate_resource_policy", _for_request)
    wrap(evaluator, "evaluate_trust_policy", _for_caller)


@departure("none: as AWS, but quicker")
def parsed_policies() -> None:
    """A policy's text is parsed once, however often it is asked."""
    original = evaluator.parse_policy_document
    parsed = lru_cache(maxsize=4096)(original)

    def parse(document: Any) -> Any:
        return parsed(document) if isinstance(document, str) else original(document)

    replace(evaluator, "parse_policy_document", parse)


def _noting_variables(original: Original, document: Any) -> list[Any]:
    parsed = original(document)
    if _has_variables(json_object(document)):
        for statement in parsed:
            statement.has_variables = True
    return parsed


def _with_values(original: Original, context: Any, statements: list[Any], effect: str) -> Any:
    resolved = (_parsed(statement, context) for statement in statements if statement.effect == effect)
    return original(context, [statement for statement in resolved if statement is not None], effect)


def _parsed(statement: Any, context: Any) -> Any:
    if not getattr(statement, "has_variables", False):
        return statement
    try:
        return changed(
            statement,
            resources=_patterns(statement.resources, context),
            not_resources=_patterns(statement.not_resources, context),
            conditions=_conditions(statement.conditions, context),
        )
    except _UnresolvedError:
        return None


def _with_literals(original: Original, pattern: str, ignore_case: bool) -> Any:
    found = original(pattern, ignore_case)
    text = str(found.pattern)
    for literal, escape in _LITERALS.items():
        text = text.replace(escape, re.escape(literal))
    return found if text == found.pattern else re.compile(text, found.flags)


def _for_request(original: Original, document: Any, context: Any, service: str | None = None, **named: Any) -> Any:
    return original(_for(document, context, service or ""), context, service, **named)


def _for_caller(original: Original, document: Any, caller: str, context: Any = None) -> bool:
    return original(document if context is None else _for(document, context, ""), caller, context)


def _for(document: Any, context: Any, caller: str) -> Any:
    """The policy as this request meets it: values for variables, and ``Principal`` for each ``NotPrincipal``."""
    policy = json_object(document)
    statements = [item for item in listed(policy.get("Statement")) if is_object(item)]
    excepting = any("NotPrincipal" in statement for statement in statements)
    variables = _has_variables(policy)
    if not excepting and not variables:
        return document
    kept = [item for statement in statements for item in _named(statement, context, caller)]
    return {"Statement": [item for kept_one in kept for item in _valued(kept_one, context)] if variables else kept}


def _named(statement: dict[str, Any], context: Any, caller: str) -> list[dict[str, Any]]:
    if "NotPrincipal" not in statement:
        return [statement]
    if statement.get("Effect") != "Deny" or _is_excepted(statement["NotPrincipal"], context, caller):
        return []
    principal = {"AWS": "*", **({"Service": caller} if caller else {})}
    return [{**{key: value for key, value in statement.items() if key != "NotPrincipal"}, "Principal": principal}]


def _is_excepted(given: Any, context: Any, caller: str) -> bool:
    if given == "*":
        return True
    names = {kind: _list(value) for kind, value in members(given).items()}
    if caller:
        return caller.lower() in {name.lower() for name in names.get("Service", ())}
    aws, arn = names.get("AWS", []), str(context.principal_arn)
    if "*" in aws:
        return True
    account = str(context.principal_account)
    has_account = bool(_ACCOUNT.fullmatch(account)) and not {account, f"arn:aws:iam::{account}:root"}.isdisjoint(aws)
    itself = arn.endswith(":root") or not {arn, role_of(arn) or arn}.isdisjoint(aws)
    return has_account and itself and not entity_of(arn).get("PermissionsBoundary")


def _valued(statement: dict[str, Any], context: Any) -> list[dict[str, Any]]:
    try:
        patterns = {
            key: _patterns(_list(statement[key]), context) for key in ("Resource", "NotResource") if key in statement
        }
        return [{**statement, **patterns, "Condition": _conditions(statement.get("Condition"), context)}]
    except _UnresolvedError:
        return []


def _patterns(values: list[str], context: Any) -> list[str]:
    return [_resolved(value, context, pattern=True) for value in values]


def _conditions(given: Any, context: Any) -> dict[str, Any]:
    return {operator: _condition(operator, block, context) for operator, block in members(given).items()}


def _condition(operator: str, block: Any, context: Any) -> Any:
    name = operator.lower().rpartition(":")[2]
    if not name.startswith(("string", "arn")):
        return block
    pattern = not name.startswith(("stringequals", "stringnotequals"))
    return {
        key: [_resolved(value, context, pattern=pattern) for value in _list(values)]
        for key, values in members(block).items()
    }


def _resolved(text: str, context: Any, *, pattern: bool) -> str:
    def value(found: re.Match[str]) -> str:
        inner = found[1]
        plain = inner if inner in {"*", "?", "$"} else _value(inner, context)
        return plain.translate(_ESCAPED) if pattern else plain

    return _VARIABLE.sub(value, text)


def _value(inner: str, context: Any) -> str:
    named = _DEFAULT.fullmatch(inner)
    if named is None:
        raise _UnresolvedError
    value = evaluator._resolve_condition_key(named[1], context)
    if value is None or is_array(value):  # a key with several values is no variable
        value = named[2]
    if value is None:
        raise _UnresolvedError
    return str(value)


def _has_variables(policy: dict[str, Any]) -> bool:
    return policy.get("Version") == "2012-10-17" and "${" in json.dumps(policy.get("Statement"), default=str)


def _list(value: Any) -> list[str]:
    return [str(item) for item in listed(value)]
