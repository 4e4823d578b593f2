"""Rules on how the states of a definition lead to each other: where it starts, and that it can end."""

from collections import Counter
from collections.abc import Iterable, Iterator

from naws.core.rule import Finding, limit
from naws.core.rules.asl_scopes import FIELDS, LANGUAGE_SPEC, Definition, State, is_object, jsonata
from naws.core.rules.values import Field, is_text, one_of
from naws.core.spelling import nearest
from naws.core.tokens import has_token, known

_DIAGNOSTICS = (
    "https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinitionDiagnostic.html"
)
_LONGEST_NAME = 80


def _near(name: str, names: Iterable[str]) -> str:
    """The name that was probably given wrongly, or else any; empty when there is none."""
    others = list(names)
    return nearest(name, others) or next(iter(others), "")


@limit(
    code="NAWS-ASL-001",
    title="StartAt names a state of its own scope",
    source=LANGUAGE_SPEC,
    example="""
    {"QueryLanguage": "JSONata", "StartAt": "Lod", "TimeoutSeconds": 3600, "States": {
      "Load": {"Type": "Pass", "Next": "Again?"},
      "Again?": {"Type": "Choice", "Choices": [{"Condition": "{% $states.input.more %}", "Next": "Load"}],
        "Default": "Done"},
      "Done": {"Type": "Succeed"}
    }}""",
    fix=jsonata("""
      "Load": {"Type": "Pass", "Next": "Again?"},
      "Again?": {"Type": "Choice", "Choices": [{"Condition": "{% $states.input.more %}", "Next": "Load"}],
        "Default": "Done"},
      "Done": {"Type": "Succeed"}"""),
)
def start_at(definition: Definition) -> Iterator[Finding]:
    """Step Functions refuses it (`MISSING_TRANSITION_TARGET`): it does not know where an execution begins.

    Each branch of a Parallel state and what a Map state does with an item begin somewhere, too.
    """
    for scope in definition.scopes:
        start = scope.at("StartAt")
        if has_token(start.value) or scope.opaque or start.value in scope.names:
            continue
        if start.value is not None and not scope.names:
            continue  # there is no state that it could name: the rule on types reports that
        near = _near(start.value if isinstance(start.value, str) else "", scope.states) or "Done"
        yield start.finding("the name of a state in the same States", f'"StartAt": "{near}"')


@limit(
    code="NAWS-ASL-002",
    title="A state leads to states of its own scope",
    source=_DIAGNOSTICS,
    example=jsonata("""
      "Ready?": {"Type": "Choice", "Default": "Don", "Choices": [{"Condition": "{% $states.input.ready %}",
        "Next": "Done"}]},
      "Done": {"Type": "Succeed"}"""),
    fix=jsonata("""
      "Ready?": {"Type": "Choice", "Default": "Done", "Choices": [{"Condition": "{% $states.input.ready %}",
        "Next": "Done"}]},
      "Done": {"Type": "Succeed"}"""),
)
def targets(definition: Definition) -> Iterator[Finding]:
    """Step Functions refuses a name that no state has (`MISSING_TRANSITION_TARGET`).

    A branch or an item cannot lead out of its Parallel or Map state: the state itself leads on when all of them ended.
    """
    for scope in definition.scopes:
        names = set(scope.names)
        for state in scope.states.values():
            for to in state.transitions:
                if to.value not in names and not has_token(names):
                    near = _near(to.value, [other for other in scope.states if other != state.name])
                    yield to.finding(
                        f"the name of a state in {scope.path}.States",
                        f'"{to.name}": "{near}"' if near else f'"{to.value}": {{…}}  # in the same States',
                    )


@limit(
    code="NAWS-ASL-003",
    title="A state leads on, or ends",
    source=LANGUAGE_SPEC,
    example=jsonata("""
      "Load": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Catch": [{"ErrorEquals": ["States.ALL"],
        "Next": "Failed"}]},
      "Failed": {"Type": "Fail"}"""),
    fix=jsonata("""
      "Load": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true,
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Failed"}]},
      "Failed": {"Type": "Fail"}"""),
)
def next_or_end(definition: Definition) -> Iterator[Finding]:
    """Step Functions refuses a state that neither leads on nor ends.

    Choice states lead on by their rules and `Default`; Succeed and Fail states end.
    """
    for state in definition.states:
        ends = state.fields.get("End")
        if state.takes("Next") and "Next" not in state.given and ends is not True and not has_token(ends):
            expected, remedy = "Next with the name of a state, or End", '"End": true\n"Next": "…"'
            other = f"End as {ends!r}, and not as true" if ends else "neither Next nor End"
            yield state.finding(expected, remedy, shown=other)


@limit(
    code="NAWS-ASL-004",
    title="A state that ends leads nowhere",
    source=LANGUAGE_SPEC,
    example=jsonata("""
      "Load": {"Type": "Pass", "Next": "Done", "End": true},
      "Done": {"Type": "Succeed"}"""),
    fix=jsonata("""
      "Load": {"Type": "Pass", "Next": "Done"},
      "Done": {"Type": "Succeed"}"""),
)
def not_both(definition: Definition) -> Iterator[Finding]:
    """Step Functions refuses a state that has both `Next` and `End`."""
    for state in definition.states:
        end = state.at("End")
        if state.takes("Next") and end.value is True and known(state.fields.get("Next")):
            yield end.finding("Next or End, one of them", "omit End\nomit Next")


@limit(
    code="NAWS-ASL-005",
    title="StartAt or another state names every state",
    source=_DIAGNOSTICS,
    example=jsonata("""
      "Load": {"Type": "Pass", "End": true},
      "Save": {"Type": "Succeed"}"""),
    fix=jsonata("""
      "Load": {"Type": "Pass", "Next": "Save"},
      "Save": {"Type": "Succeed"}"""),
)
def reachable(definition: Definition) -> Iterator[Finding]:
    """Step Functions refuses a state that `StartAt` and no other state names: `State "…" is not reachable`.

    States that lead only to each other are not found: no answer of Step Functions to those is recorded.
    """
    for scope in definition.scopes:
        start = scope.fields.get("StartAt")
        if not is_text(start) or scope.opaque:
            continue
        named = {to.value for state in scope.states.values() for to in state.transitions if to.value != state.name}
        for name, state in scope.states.items():
            if name not in named and name != start and not has_token(name):
                yield Field(state.path, name).finding(
                    "a state that StartAt or another state of the same scope leads to",
                    f'"Next": "{name}"  # of the state before it\nomit the state',
                )


@limit(
    code="NAWS-ASL-006",
    title="There is a state with which an execution can end",
    source=_DIAGNOSTICS,
    example=jsonata("""
      "Ask": {"Type": "Pass", "Next": "Rest"},
      "Rest": {"Type": "Wait", "Seconds": 60, "Next": "Ask"}"""),
    fix=jsonata("""
      "Ask": {"Type": "Pass", "Next": "Rest"},
      "Rest": {"Type": "Wait", "Seconds": 60, "End": true}"""),
)
def can_end(definition: Definition) -> Iterator[Finding]:
    """Step Functions refuses a machine without a Succeed state, a Fail state or `End` (`MISSING_END_STATE`).

    A branch or an item without one could never come to its end, nor could the state that waits for it.
    """
    for scope in definition.scopes:
        every = [*scope.states.values()]
        if every and len(every) == len(scope.names) and not any(map(_may_end, every)):
            expected = 'a state with "End": true, or of type Succeed or Fail'
            yield scope.at("States").finding(expected, '"End": true\n"Done": {"Type": "Succeed"}', shown="no end")


@limit(
    code="NAWS-ASL-007",
    title="A scope has states, and each state a type",
    source=LANGUAGE_SPEC,
    example=jsonata('"Load": {"Type": "Lambda", "End": true}'),
    fix=jsonata('"Load": {"Type": "Pass", "End": true}'),
)
def types(definition: Definition) -> Iterator[Finding]:
    """Step Functions knows eight types, and refuses a definition without states."""
    for scope in definition.scopes:
        states = scope.at("States")
        if not has_token(states.value) and not (is_object(states.value) and states.value):
            yield states.finding("an object with at least one state", '"States": {"Done": {"Type": "Succeed"}}')
        for name in scope.names:
            state = scope.states.get(name)
            place = f"{scope.path.removesuffix('definition')}states" if scope.holder is None else states.path
            given = Field(f'{place}["{name}"]', states.value[name]) if state is None else state.at("Type")
            if not has_token(given.value) and (state is None or not state.type):
                near = nearest(given.value, FIELDS) if isinstance(given.value, str) else ""
                yield given.finding(one_of(tuple(FIELDS)), f'"Type": "{near or "Task"}"')


@limit(
    code="NAWS-ASL-008",
    title="A state's name has at most 80 characters, and no other state has it",
    source=_DIAGNOSTICS,
    example=jsonata("""
      "Each": {"Type": "Map", "End": true, "ItemProcessor": {"StartAt": "Each",
        "States": {"Each": {"Type": "Succeed"}}}}"""),
    fix=jsonata("""
      "Each": {"Type": "Map", "End": true, "ItemProcessor": {"StartAt": "One",
        "States": {"One": {"Type": "Succeed"}}}}"""),
)
def names(definition: Definition) -> Iterator[Finding]:
    """Step Functions refuses a longer name, an empty one, and one that two states of the machine have.

    Branches and items count: in a history of events states differ by their names alone.
    """
    times = Counter(state.name for state in definition.states)
    seen: set[str] = set()
    for state in definition.states:
        if is_text(state.name) and not 1 <= len(state.name) <= _LONGEST_NAME:
            yield state.finding(
                f"a name of 1 to {_LONGEST_NAME} characters",
                f'"{state.name[:_LONGEST_NAME] or "Done"}": {{…}}',
                shown=f"{len(state.name)} characters",
            )
        if times[state.name] > 1 and state.name in seen and not has_token(state.name):
            yield Field(state.path, state.name).finding(
                "a name that no other state of the machine has, in no branch and no item",
                f'"{state.name} 2": {{…}}',
            )
        seen.add(state.name)


def _may_end(state: State) -> bool:
    """Whether an execution may end here; what is wrong with a type its own rule finds."""
    ends = state.fields.get("End")
    return state.type in ("Succeed", "Fail", "") or ends is True or has_token(ends)


@limit(
    code="NAWS-ASL-051",
    title="A definition is a JSON object",
    source=_DIAGNOSTICS,
    example='{"QueryLanguage": "JSONata", "StartAt": "Load", "TimeoutSeconds": 3600, '
    '"States": {"Load": {"Type": "Pass", "End": true},}}',
    fix='{"QueryLanguage": "JSONata", "StartAt": "Load", "TimeoutSeconds": 3600, '
    '"States": {"Load": {"Type": "Pass", "End": true}}}',
)
def readable(definition: Definition) -> Iterator[Finding]:
    """Step Functions refuses another text (`INVALID_JSON_DESCRIPTION`): a comma at the end, a comment, a list.

    `Stack.to_json_string` writes JSON, also with what only the deployment knows.
    """
    if definition.unreadable:
        expected, remedy = (
            'a JSON object, such as {"StartAt": "…", "States": {…}}',
            "definition_string=stack.to_json_string(…)",
        )
        yield definition.finding(expected, remedy, shown=definition.unreadable)


STRUCTURE_RULES = (readable, start_at, targets, next_or_end, not_both, reachable, can_end, types, names)
