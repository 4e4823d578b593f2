"""Rules on the API that a Task state calls, how it is called, and the role that it calls it with."""

import re
from collections.abc import Iterator

from naws.core.rule import Finding, advice, limit
from naws.core.rules import asl_sdk
from naws.core.rules.asl_integrations import OPTIMISED, SYNC, SYNC_2, TOKEN, Call, call_of, is_task_arn
from naws.core.rules.asl_scopes import GUIDE, Definition, jsonata
from naws.core.rules.values import is_text, one_of
from naws.core.spelling import nearest
from naws.core.tokens import has_token

_PATTERNS = f"{GUIDE}connect-to-resource.html"


def calls(definition: Definition) -> Iterator[Call]:
    """Every call by an integration."""
    return (call for state in definition.states if (call := call_of(state)) is not None)


@limit(
    code="NAWS-ASL-042",
    title="A task calls an action that Step Functions offers",
    source=f"{GUIDE}integrate-optimized.html",
    example=jsonata('"Load": {"Type": "Task", "Resource": "arn:aws:states:::dynamodb:query", "End": true}'),
    fix=jsonata('"Load": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:dynamodb:query", "End": true}'),
)
def known_actions(definition: Definition) -> Iterator[Finding]:
    """Step Functions refuses every other action of the service: `The resource provided … is not recognized`.

    Few actions have a form of their own; all the others of a service are called by `aws-sdk:`, whose names are those of
    AWS's models. They are read from botocore where it is installed; without it names behind `aws-sdk:` are not judged,
    but for those of boto3 that AWS's SDK for Java, after which they are called, has not: `events` is `eventbridge`.
    """
    for state in definition.of("Task"):
        given = state.at("Resource")
        if is_text(given.value) and given.value.strip() and not _is_arn_of_task(given.value):
            yield given.finding(_TASKS, f'"Resource": "{_as_integration(given.value)}"')
    for call in calls(definition):
        if call.sdk:
            yield from _of_sdk(call)
            continue
        actions = OPTIMISED.get(call.service)
        if actions is None:
            near = nearest(call.service, OPTIMISED)
            better = [call.spelt(f"{near}:{call.action}")] if near else []
            better += _as_sdk(call)
            if better:
                yield _finding(call, f"a service with a form of its own: {', '.join(OPTIMISED)}", better)
        elif call.action not in actions:
            near = nearest(call.action, actions)
            better = [call.spelt(f"{call.service}:{near}")] if near else []
            better += _as_sdk(call)
            expected = one_of(tuple(call.spelt(f"{call.service}:{each}", pattern="") for each in actions))
            yield _finding(call, expected, better or [call.spelt(f"{call.service}:{next(iter(actions))}", pattern="")])


_TASKS = "the ARN of an integration, arn:aws:states:::service:action, of a function or of an activity"


def _is_arn_of_task(given: str) -> bool:
    """Whether a text has the form of what a task may call; an expression and a placeholder have rules of their own."""
    return given.strip().startswith("{%") or "${" in given or is_task_arn(given)


def _as_integration(given: str) -> str:
    """The integration that a text comes close to."""
    tail = _TAIL.search(given)
    if tail is not None and ":states:" in given:
        return f"arn:aws:states:::{tail[1]}"
    service = next((each for each in OPTIMISED if each != "states" and f":{each}:" in f":{given}:"), "lambda")
    return f"arn:aws:states:::{service}:{next(iter(OPTIMISED[service]))}"


_TAIL = re.compile(r":((?:aws-sdk:)?[\w-]+:[A-Za-z]\w*(?:\.[\w:-]+)?)$")


def _as_sdk(call: Call) -> list[str]:
    """The same action as an SDK calls it, where that is known to be there."""
    name = asl_sdk.renamed(call.sdk_service) or call.sdk_service
    service = asl_sdk.service(name)
    if service is None or call.action not in service.actions or f"{name}:{call.action}" in asl_sdk.UNSUPPORTED:
        return []
    return [call.spelt(f"{name}:{call.action}", sdk=True, pattern="")]


def _of_sdk(call: Call) -> Iterator[Finding]:
    """A name that is nearly one of the SDK's; a wholly unknown one may be newer than the models that are installed."""
    if name := asl_sdk.renamed(call.service):
        yield _finding(call, f"the name of AWS's SDK for Java, {name}", [call.spelt(f"{name}:{call.action}")])
        return
    if call.name in asl_sdk.UNSUPPORTED:
        instead = call.spelt("lambda:invoke", sdk=False, pattern="")
        remedy = '"Credentials": {"RoleArn": "…"}  # of the task that the role is for' if call.service == "sts" else ""
        expected = f"an action that Step Functions calls, which {call.name} is not"
        yield call.field.finding(expected, remedy or f'"Resource": "{instead}"')
        return
    if not (every := asl_sdk.services()):
        return
    service = asl_sdk.service(call.service)
    if service is None:
        near = nearest(call.service, every)
        if near:
            yield _finding(call, f"a service of AWS's SDKs, such as {near}", [call.spelt(f"{near}:{call.action}")])
    elif call.action not in service.actions:
        near = nearest(call.action, service.actions)
        if near:
            expected = f"an action of {call.service}, such as {near}"
            yield _finding(call, expected, [call.spelt(f"{call.service}:{near}")])


def _finding(call: Call, expected: str, better: list[str]) -> Finding:
    return call.field.finding(expected, "\n".join(f'"Resource": "{each}"' for each in better))


@advice(
    code="NAWS-ASL-052",
    title="An action that a task calls is in AWS's models",
    source=f"{GUIDE}supported-services-awssdk.html",
    example=jsonata("""
      "Load": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sqs:frobnicate", "End": true,
        "Retry": [{"ErrorEquals": ["States.ALL"]}]}"""),
    fix=jsonata("""
      "Load": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sqs:listQueues", "End": true,
        "Retry": [{"ErrorEquals": ["States.ALL"]}]}"""),
)
def modelled(definition: Definition) -> Iterator[Finding]:
    """Step Functions refuses an action that no service has; a newer one than the installed botocore knows it may take.

    What is nearly the name of an action, or of a service, is an error: NAWS-ASL-042.
    """
    every = asl_sdk.services()
    for call in calls(definition) if every else ():
        service = asl_sdk.service(call.service) if call.sdk else None
        names = every if service is None else service.actions
        given = call.service if service is None else call.action
        if call.sdk and given not in names and not nearest(given, names) and not asl_sdk.renamed(call.service):
            yield call.field.finding(
                f"{'a service' if service is None else 'an action'} of AWS's SDKs",
                "uv pip install --upgrade botocore  # when the action is new",
            )


@limit(
    code="NAWS-ASL-043",
    title="A task waits only for what can be waited for",
    source=_PATTERNS,
    example=jsonata('"Load": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.sync", "End": true}'),
    fix=jsonata('"Load": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true}'),
)
def known_patterns(definition: Definition) -> Iterator[Finding]:
    """Step Functions refuses `.sync` and `.waitForTaskToken` where an integration has none.

    Actions by `aws-sdk:` are never waited for by `.sync`; any of them can pass a task token on.
    """
    for call in calls(definition):
        own = OPTIMISED.get(call.service, {}).get(call.action)
        offered = (TOKEN,) if call.sdk else own
        if offered is None or not call.pattern or call.pattern in offered:
            continue
        patterns = tuple(f".{each}" for each in offered)
        near = SYNC_2 if SYNC_2 in offered and call.pattern.startswith("sync:") else nearest(call.pattern, offered)
        better = [call.spelt(call.name, pattern=near)] if near else []
        if call.sdk and own and call.pattern in own:
            better.append(call.spelt(call.name, sdk=False))
        better.append(call.spelt(call.name, pattern=""))
        yield _finding(call, one_of(("no pattern", *patterns)), better)


@advice(
    code="NAWS-ASL-054",
    title="The result of another workflow is read as JSON",
    source=f"{GUIDE}connect-stepfunctions.html",
    example=jsonata("""
      "Load": {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync", "TimeoutSeconds": 600,
        "Retry": [{"ErrorEquals": ["States.ALL"]}], "End": true}"""),
    fix=jsonata("""
      "Load": {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2", "TimeoutSeconds": 600,
        "Retry": [{"ErrorEquals": ["States.ALL"]}], "End": true}"""),
)
def parsed_output(definition: Definition) -> Iterator[Finding]:
    """By `.sync` the output of the other workflow is text with JSON in it; by `.sync:2` it is the JSON."""
    for call in calls(definition):
        if not call.sdk and call.service == "states" and call.pattern == SYNC:
            yield _finding(call, f".{SYNC_2}", [call.spelt(call.name, pattern=SYNC_2)])


@limit(
    code="NAWS-ASL-048",
    title="Credentials of a task name a role",
    source=f"{GUIDE}concepts-access-cross-acct-resources.html",
    example=jsonata("""
      "Load": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": true, "Credentials": {}}"""),
    fix=jsonata("""
      "Load": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": true,
        "Credentials": {"RoleArn": "arn:aws:iam::123456789012:role/loader"}}"""),
)
def credentials(definition: Definition) -> Iterator[Finding]:
    """Step Functions refuses them without: `The field 'RoleArn' is required but was missing`.

    A task is done as the state machine's own role where there are no credentials at all.
    """
    for state in definition.of("Task"):
        for block in state.inner("Credentials"):
            if not has_token(block.fields) and not block.given & {"RoleArn", "RoleArn.$"}:
                yield state.at("Credentials").finding(
                    "RoleArn, with the ARN of the role that the task is done as",
                    '"Credentials": {"RoleArn": "arn:aws:iam::123456789012:role/…"}\nomit Credentials',
                    shown="no RoleArn",
                )


CALL_RULES = (known_actions, modelled, known_patterns, parsed_output, credentials)
