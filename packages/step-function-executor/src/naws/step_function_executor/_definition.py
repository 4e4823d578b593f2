"""The definition of a workflow: the user's states, the settings that CDK leaves out of files, and what reads messages.

Message? ─┬─ Read message ─┐          only with a queue
└────────────────┴─ StartAt of the user's states
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from naws.core.authoring import as_definition, known, path_of, redact_repr
from naws.step_function_executor.plan import Plan

States = dict[str, Any]
_LANGUAGES = {"JSONata": sfn.QueryLanguage.JSONATA, "JSONPath": sfn.QueryLanguage.JSON_PATH}
_FIRST, _READ, _PARSE = "Message?", "Read message", "Parse message"
_IS_MESSAGE = (
    "$type($states.input) = 'array' and $count($states.input) = 1"
    " and $states.input[0].eventSource = 'aws:sqs' and $exists($states.input[0].messageId)"
)
_RECORD = "$states.input[0]"
_ENVELOPE = (
    f"'trigger': 'queue', 'id': {_RECORD}.messageId, 'time': $fromMillis($number({_RECORD}.attributes.SentTimestamp))"
)


@dataclass(frozen=True, kw_only=True)
class Built:
    """The states of a workflow, rendered.

    Attributes:
        definition: as data, with tokens.
        statements: what the calls in it need.
    """

    definition: Mapping[str, Any]
    statements: list[Mapping[str, Any]] = field(default_factory=list[Mapping[str, Any]])

    @property
    def distributed(self) -> bool:
        """Whether a map in it starts executions of the machine itself."""
        return any(scope.distributed for scope in as_definition(self.definition).scopes)


def build_definition(scope: Construct, plan: Plan) -> Built:
    """Render the states, with the language and the timeout of the whole."""
    workflow, given = plan.workflow, plan.props.definition
    whole = {"QueryLanguage": workflow.language, "TimeoutSeconds": workflow.timeout, **workflow.written}
    if workflow.file is not None:
        statements = [each.to_json() for each in workflow.file.given.statements]
        return Built(definition=_with(whole, workflow.file.definition), statements=statements)
    chain = _chain(scope, given)
    graph = sfn.StateGraph(chain.start_state, f"definition of {path_of(scope)}")
    rendered = graph.to_graph_json(_LANGUAGES[workflow.language])
    statements = [each.to_json() for each in graph.policy_statements]
    return Built(definition=_with(whole, rendered), statements=statements)


def _with(whole: Mapping[str, Any], given: Mapping[str, Any]) -> Mapping[str, Any]:
    """The settings of the whole before all others."""
    return {**whole, **{name: value for name, value in given.items() if name not in whole}}


def _chain(scope: Construct, given: Any) -> sfn.IChainable:
    """The states that are given, or those that a function makes.

    Raises:
        TypeError: the function returns something else.
    """
    if not callable(given) or hasattr(given, "start_state"):
        return cast("sfn.IChainable", given)
    chain = cast("Callable[[Construct], Any]", given)(scope)
    if not hasattr(chain, "start_state"):
        name = getattr(given, "__name__", "definition")
        raise TypeError(f"{name}(scope) returns a state or a chain of states, not {redact_repr(chain)}")
    return chain


def reading_messages(definition: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same definition, which makes an envelope of a queue's message first; any other input is left as it is.

    A pipe hands over an array of one record, whose body is text. One that is JSON becomes the value that it holds, and
    any other stays text: what cannot be parsed fails the branch, and is caught around it.
    Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-sqs.html (example event)
    """
    states = cast("Mapping[str, Any]", definition.get("States") or {})
    after = definition.get("StartAt")
    first, read, parse = (_free(name, states) for name in (_FIRST, _READ, _PARSE))
    jsonata = {} if definition.get("QueryLanguage") == "JSONata" else {"QueryLanguage": "JSONata"}
    # The id behind the body, which its sender cannot know, shows that all of it was read, and as one value.
    parsed = (
        f"$parsed := $parse('[' & {_RECORD}.body & ',\"' & {_RECORD}.messageId & '\"]'); "
        f"$count($parsed) = 2 ? {{{_ENVELOPE}, 'payload': $parsed[0]}} : {{{_ENVELOPE}, 'payload': {_RECORD}.body}}"
    )
    as_text = f"{{{_ENVELOPE}, 'payload': {_RECORD}.body}}"
    own: States = {
        first: {
            **jsonata,
            "Type": "Choice",
            "Choices": [{"Condition": f"{{% {_IS_MESSAGE} %}}", "Next": read}],
            "Default": after,
        },
        read: {
            **jsonata,
            "Type": "Parallel",
            "Branches": [
                {
                    "StartAt": parse,
                    "States": {parse: {**jsonata, "Type": "Pass", "Output": f"{{% ({parsed}) %}}", "End": True}},
                }
            ],
            "Output": "{% $states.result[0] %}",
            "Catch": [{"ErrorEquals": ["States.ALL"], "Output": f"{{% {as_text} %}}", "Next": after}],
            "Next": after,
        },
    }
    return {**definition, "StartAt": first, "States": {**own, **states}}


def _free(name: str, taken: Mapping[str, Any]) -> str:
    """The name, with as many blanks and asterisks as no state of the user's has."""
    while any(known(each) and each == name for each in taken):
        name = f"{name} *"
    return name
