"""Rules on what a task hands over: arguments of the action that it calls, a task token, a web address, a function."""

import json
import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from naws.core.rule import Finding, advice, limit, practice
from naws.core.rules import asl_sdk
from naws.core.rules.asl_calls import calls
from naws.core.rules.asl_integrations import (
    OPTIMISED,
    REQUIRED,
    TOKEN,
    Call,
    argument,
    arguments_of,
    function_of,
    literal,
)
from naws.core.rules.asl_scopes import GUIDE, Definition, is_object, jsonata, listed, mapping
from naws.core.rules.values import Field, is_text, one_of
from naws.core.spelling import nearest
from naws.core.tokens import has_token

# Integrations whose arguments are not those of the service's own action.
_OWN_ARGUMENTS = {"apigateway", "bedrock", "eks", "elasticmapreduce", "http"}
_METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD")
_OTHER_TARGETS = {"sns:publish": ("TopicArn", "TargetArn", "PhoneNumber")}
_CLOSE, _LONG = 0.85, 6
"""How alike two names are, and how long, of which one is a slip and not the other's name in another SDK."""
_HTTP = f"{GUIDE}call-https-apis.html"


@limit(
    code="NAWS-ASL-055",
    title="A task hands over the arguments that its action takes",
    source="https://github.com/aws/aws-cdk/issues/10014",
    example=jsonata("""
      "Send": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": true,
        "Arguments": {"QueueURL": "https://sqs.eu-central-1.amazonaws.com/1/orders", "messageBody": "x"}}"""),
    fix=jsonata("""
      "Send": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": true,
        "Arguments": {"QueueUrl": "https://sqs.eu-central-1.amazonaws.com/1/orders", "MessageBody": "x"}}"""),
)
def known_arguments(definition: Definition) -> Iterator[Finding]:
    """Step Functions refuses others: `The field "…" is not supported by Step Functions`.

    Their names are those of the action in AWS's models, each with a capital first, also inside of them. They are read
    from botocore where it is installed; without it only that capital is judged. Case beyond it is not: Step Functions
    writes some names as AWS's Java SDK does.
    """
    for call in calls(definition):
        given = arguments_of(call.state)
        if given is None or not is_object(given.value) or (not call.sdk and call.service not in OPTIMISED):
            continue
        known = _known(call)
        yield from _inside(call, given) if known else ()
        taken = {each.lower(): each for each in known}
        for key in given.value:
            name = key.removesuffix(".$")
            if has_token(key) or (name[:1].isupper() and (not known or name.lower() in taken)):
                continue
            near = taken.get(name.lower()) or nearest(name, known) or ("" if known else name)
            better = _capital(near)
            expected = f"an argument of {call.name}" + (
                f": {', '.join(sorted(known))}" if known else ", with a capital"
            )
            remedy = (f'"{better}": …\n' if near else "") + f"omit {name}"
            yield Field(f"{given.path}.{key}", given.value[key]).finding(expected, remedy, shown=name)


def _inside(call: Call, given: Field) -> Iterator[Finding]:
    """Names within arguments that begin with a small letter, or come close to one that is there.

    A name that comes close to none may be one that AWS's Java SDK writes otherwise.
    """
    service = asl_sdk.service(call.sdk_service)
    waiting = [(given, "" if service is None else service.input_of(call.action))]
    while service is not None and waiting:
        field, shape = waiting.pop()
        kind = service.shape(shape) if shape else asl_sdk.Shape(members={})
        if not is_object(field.value):
            waiting += [
                (Field(f"{field.path}[{at}]", part), kind.inside) for at, part in enumerate(listed(field.value))
            ]
            continue
        taken = {name.lower(): name for name in kind.members}
        for key, value in field.value.items():
            where, name = Field(f"{field.path}.{key}", value), key.removesuffix(".$")
            member = taken.get(name.lower(), "")
            waiting.append((where, kind.members.get(member, kind.inside)))
            if field is given or not taken or has_token(key) or (member and name[:1].isupper()):
                continue
            if better := member or _slip(name, kind.members):
                names = ", ".join(sorted(_capital(each) for each in kind.members))
                expected = f"a name that {field.name or field.path} has in {call.name}: {names}"
                yield where.finding(expected, f'"{_capital(better)}": …', shown=name)


def _slip(name: str, members: Mapping[str, str]) -> str:
    """The name that another one is a slip of; empty where it may be the same in another SDK, such as `Nul`."""
    names = {each.lower(): each for each in members}
    close = get_close_matches(name.lower(), names, n=1, cutoff=_CLOSE) if len(name) >= _LONG else []
    return names[close[0]] if close else ""


def _capital(name: str) -> str:
    return f"{name[:1].upper()}{name[1:]}"


def _known(call: Call) -> list[str]:
    """The names of an action's arguments; empty when they are not known."""
    own = not call.sdk and call.service in _OWN_ARGUMENTS
    members = None if own else asl_sdk.members(call.sdk_service, call.action)
    return [_capital(name) for name in members or ()]


@limit(
    code="NAWS-ASL-056",
    title="A task hands over all that its action needs",
    source=f"{GUIDE}connect-parameters.html",
    example=jsonata("""
      "Load": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true,
        "Arguments": {"Payload": "{% $states.input %}"}}"""),
    fix=jsonata("""
      "Load": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true,
        "Arguments": {"FunctionName": "load:live", "Payload": "{% $states.input %}"}}"""),
)
def needed_arguments(definition: Definition) -> Iterator[Finding]:
    """The service would refuse the call, in every execution.

    Which arguments an action needs is in AWS's models, read from botocore where it is installed; of the actions that
    have a form of their own the most used are known without it.
    """
    for call in calls(definition):
        given = arguments_of(call.state)
        if given is None or not is_object(given.value) or has_token(list(given.value)):
            continue
        names = {key.removesuffix(".$").lower() for key in given.value}
        needed = _needed(call)
        missing = [each for each in needed if each.lower() not in names]
        targets = _OTHER_TARGETS.get(call.name, ()) if not call.sdk else ()
        if targets and not names & {each.lower() for each in targets}:
            missing.append(targets[0])
        if missing:
            remedy = ", ".join(f'"{each}": …' for each in missing)
            yield given.finding(one_of(tuple(missing)).replace(" or ", " and "), remedy, shown=f"no {missing[0]}")


def _needed(call: Call) -> list[str]:
    """The arguments that an action needs, as far as they are known."""
    if not call.sdk:
        return list(REQUIRED.get(call.name, ()))
    members = asl_sdk.members(call.service, call.action)
    return [_capital(name) for name, required in (members or {}).items() if required]


@limit(
    code="NAWS-ASL-034",
    title="A task that waits for its token hands the token over",
    source=f"{GUIDE}connect-to-resource.html#connect-wait-token",
    example=jsonata("""
      "Ask": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "End": true,
        "TimeoutSeconds": 86400, "HeartbeatSeconds": 3600,
        "Arguments": {"QueueUrl": "https://sqs.eu-central-1.amazonaws.com/1/orders", "MessageBody": "?"}}"""),
    fix=jsonata("""
      "Ask": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "End": true,
        "TimeoutSeconds": 86400, "HeartbeatSeconds": 3600,
        "Arguments": {"QueueUrl": "https://sqs.eu-central-1.amazonaws.com/1/orders",
          "MessageBody": {"token": "{% $states.context.Task.Token %}"}}}"""),
)
def token_passed(definition: Definition) -> Iterator[Finding]:
    """Nobody can answer without it: the task waits until its timeout, for a year at most."""
    for call in calls(definition):
        given = arguments_of(call.state)
        if call.pattern != TOKEN or call.state.language is None or given is None or has_token(given.value):
            continue
        jsonata_ = call.state.language == "JSONata"
        if not (_IN_JSONATA if jsonata_ else _IN_PATHS).search(json.dumps(given.value, default=str)):
            remedy = '"{% $states.context.Task.Token %}"' if jsonata_ else '"token.$": "$$.Task.Token"'
            yield given.finding("the task token among them", remedy, shown="no task token")


# The token itself, or something that it is in.
_IN_JSONATA = re.compile(
    r"\$states\s*(?!\s*\.\s*\w)|\$states\s*\.\s*context\s*(?:(?!\s*\.\s*\w)|\.\s*Task\s*(?:(?!\s*\.\s*\w)|\.\s*Token))"
)
_IN_PATHS = re.compile(r"\$\$(?!\.(?:Execution|State|StateMachine|Map)\b)")


@practice(
    code="NAWS-ASL-033",
    title="A task that waits for its token has a heartbeat",
    source=f"{GUIDE}connect-to-resource.html#connect-wait-token",
    example=jsonata("""
      "Ask": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "End": true,
        "TimeoutSeconds": 86400, "Retry": [{"ErrorEquals": ["States.ALL"]}]}"""),
    fix=jsonata("""
      "Ask": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "End": true,
        "TimeoutSeconds": 86400, "HeartbeatSeconds": 3600, "Retry": [{"ErrorEquals": ["States.ALL"]}]}"""),
)
def token_watched(definition: Definition) -> Iterator[Finding]:
    """Who has the token may be gone: without a heartbeat the task waits on, and no metric counts it.

    With one it fails with `States.HeartbeatTimeout` as soon as SendTaskHeartbeat stays away.
    """
    for call in calls(definition):
        if call.pattern == TOKEN and not call.state.given & {"HeartbeatSeconds", "HeartbeatSecondsPath"}:
            remedy = '"HeartbeatSeconds": 3600  # and SendTaskHeartbeat more often'
            yield call.state.at("HeartbeatSeconds").finding("seconds, fewer than TimeoutSeconds", remedy)


@advice(
    code="NAWS-ASL-038",
    title="A task invokes a version or an alias of its function",
    source=f"{GUIDE}concepts-state-machine-alias.html",
    example=jsonata("""
      "Load": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true,
        "Arguments": {"FunctionName": "load"}, "Retry": [{"ErrorEquals": ["States.ALL"]}]}"""),
    fix=jsonata("""
      "Load": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true,
        "Arguments": {"FunctionName": "load:live"}, "Retry": [{"ErrorEquals": ["States.ALL"]}]}"""),
)
def qualified(definition: Definition) -> Iterator[Finding]:
    """Without one it is `$LATEST`: an execution that runs during a deployment goes on with other code."""
    for state in definition.of("Task"):
        field = function_of(state)
        name, qualifier = literal(field), argument(state, "Qualifier")
        if field is None or not name or (qualifier is not None and qualifier.value != "$LATEST"):
            continue
        _, _, tail = name.rpartition(":function:")
        if ":" not in tail or tail.endswith(":$LATEST") or (qualifier is not None and qualifier.value == "$LATEST"):
            better = f"{name.removesuffix(':$LATEST')}:live"
            yield field.finding("the function with an alias or a version", f'"{field.name}": "{better}"')


@limit(
    code="NAWS-ASL-044",
    title="An HTTP task calls an https address by a connection",
    source=_HTTP,
    example=jsonata("""
      "Pay": {"Type": "Task", "Resource": "arn:aws:states:::http:invoke", "End": true,
        "Arguments": {"ApiEndpoint": "http://api.example.com/payments", "Method": "SEND"}}"""),
    fix=jsonata("""
      "Pay": {"Type": "Task", "Resource": "arn:aws:states:::http:invoke", "End": true,
        "Arguments": {"ApiEndpoint": "https://api.example.com/payments", "Method": "POST",
          "Authentication": {"ConnectionArn": "arn:aws:events:eu-central-1:123456789012:connection/pay/1"}}}"""),
)
def web_address(definition: Definition) -> Iterator[Finding]:
    """Step Functions calls HTTPS only, by one of seven methods, and takes what authorises it from a connection.

    The connection is EventBridge's; of a private address `InvocationConfig` names it.
    """
    for call in calls(definition):
        given = arguments_of(call.state)
        if call.name != "http:invoke" or call.sdk or given is None or not is_object(given.value):
            continue
        address, method = argument(call.state, "ApiEndpoint"), argument(call.state, "Method")
        if address is not None and (text := literal(address)) and not text.startswith("https://"):
            yield address.finding("an address that begins with https://", '"ApiEndpoint": "https://…"')
        if method is not None and (text := literal(method)) and text not in _METHODS:
            near = nearest(text.upper(), _METHODS) or "GET"
            yield method.finding(one_of(_METHODS), f'"Method": "{near}"')
        if not has_token(given.value) and not _connected(call):
            remedy = '"Authentication": {"ConnectionArn": "arn:aws:events:…:connection/…"}'
            yield given.finding("a ConnectionArn in Authentication", remedy, shown="no connection")


def _connected(call: Call) -> bool:
    """Whether the arguments of an HTTP task name a connection, or may do so."""
    for name in ("Authentication", "InvocationConfig"):
        field = argument(call.state, name)
        if field is not None and (
            is_text(field.value) or {"ConnectionArn", "ConnectionArn.$"} & set(mapping(field.value))
        ):
            return True
    return False


ARGUMENT_RULES = (known_arguments, needed_arguments, token_passed, token_watched, qualified, web_address)
