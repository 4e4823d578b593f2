"""Rules on the API that a Task state calls, and on the role that it calls it with."""

import re
from collections.abc import Iterator, Mapping

from naws.core.rule import Finding, limit
from naws.core.rules.asl_scopes import GUIDE, Definition, jsonata
from naws.core.rules.values import is_text, one_of
from naws.core.spelling import nearest
from naws.core.tokens import has_token

_OPTIMISED = re.compile(r"arn:aws(?:-cn|-us-gov)?:states:::")
# Services whose guide lists every action that a task may call without `aws-sdk:`; others are not judged.
_ACTIONS: Mapping[str, tuple[str, ...]] = {
    "dynamodb": ("getItem", "putItem", "updateItem", "deleteItem"),
    "ecs": ("runTask",),
    "lambda": ("invoke",),
    "sns": ("publish",),
    "sqs": ("sendMessage",),
    "states": ("startExecution",),
}


@limit(
    code="NAWS-ASL-042",
    title="A task calls an action that Step Functions offers",
    source=f"{GUIDE}integrate-optimized.html",
    example=jsonata('"Load": {"Type": "Task", "Resource": "arn:aws:states:::dynamodb:query", "End": true}'),
    fix=jsonata('"Load": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:dynamodb:query", "End": true}'),
)
def known_actions(definition: Definition) -> Iterator[Finding]:
    """Step Functions refuses every other action of the service: `The resource provided … is not recognized`.

    Few actions have a form of their own; all the others of a service are called by `aws-sdk:`. Judged are the services
    whose actions are few: dynamodb, ecs, lambda, sns, sqs and states.
    """
    for state in definition.of("Task"):
        field = state.at("Resource")
        if not is_text(field.value) or not (begin := _OPTIMISED.match(field.value)):
            continue
        prefix, (service, _, rest) = begin[0], field.value[begin.end() :].partition(":")
        action, _, pattern = rest.partition(".")
        actions = _ACTIONS.get(service)
        if actions is not None and action not in actions:
            near = nearest(action, actions)
            better = [f"{prefix}{service}:{near}{'.' if pattern else ''}{pattern}"] if near else []
            better.append(f"{prefix}aws-sdk:{'sfn' if service == 'states' else service}:{action}")
            expected = one_of(tuple(f"{prefix}{service}:{each}" for each in actions))
            yield field.finding(expected, "\n".join(f'"Resource": "{each}"' for each in better))


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


CALL_RULES = (known_actions, credentials)
