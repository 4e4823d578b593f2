"""Rules on workflow variables: their names, who may assign them, and who can read them."""

import re
from collections.abc import Iterator, Mapping, Sequence

from naws.core.rule import Finding, advice, limit, practice
from naws.core.rules.asl_expressions import Expression, expressions, outputs
from naws.core.rules.asl_jsonata import FUNCTIONS
from naws.core.rules.asl_scopes import GUIDE, Block, Definition, Scope, State, jsonata, mapping, within
from naws.core.rules.values import Field, is_text
from naws.core.stacks import kept
from naws.core.tokens import has_token

_VARIABLES = f"{GUIDE}workflow-variables.html"
_LONGEST_NAME = 80
_PATH_TEXT = re.compile(r"'(?:\\.|[^'\\])*'")
_PATH_READ = re.compile(r"(?<![\w$.'\])])\$([A-Za-z_]\w*)")


def assignments(state: State) -> Sequence[Block]:
    """Every `Assign` of a state, its rules and its catchers."""
    ways = state.ways if state.takes("Assign") else ()
    return kept(state, "assignments", lambda: [found for way in ways for found in way.inner("Assign")])


def _name(key: str) -> str:
    return key.removesuffix(".$")


def _assigned(state: State) -> set[str]:
    return {_name(key) for block in assignments(state) for key in block.fields}


@limit(
    code="NAWS-ASL-017",
    title="A variable's name is an identifier of at most 80 characters",
    source=_VARIABLES,
    example=jsonata('"Load": {"Type": "Pass", "Assign": {"order.id": 1}, "End": true}'),
    fix=jsonata('"Load": {"Type": "Pass", "Assign": {"orderId": 1}, "End": true}'),
)
def variable_names(definition: Definition) -> Iterator[Finding]:
    """Step Functions refuses others: a variable is assigned as a whole, not a part of it such as `x.y` or `x[0]`."""
    for block in (block for state in definition.states for block in assignments(state)):
        for name in map(_name, block.fields):
            if not has_token(name) and not (name.isidentifier() and len(name) <= _LONGEST_NAME):
                near = re.sub(r"\W+", "_", name).strip("_")[:_LONGEST_NAME]
                yield Field(f'{block.path}["{name}"]', name).finding(
                    f"a letter, then letters, digits and _, at most {_LONGEST_NAME} characters",
                    f'"{near if near.isidentifier() else "value"}": …',
                )


@limit(
    code="NAWS-ASL-018",
    title="No variable is called states",
    source=_VARIABLES,
    example=jsonata('"Load": {"Type": "Pass", "Assign": {"states": []}, "End": true}'),
    fix=jsonata('"Load": {"Type": "Pass", "Assign": {"regions": []}, "End": true}'),
)
def not_states(definition: Definition) -> Iterator[Finding]:
    """`$states` is Step Functions' own: the input, the result and the context of a state. It refuses another."""
    for block in (block for state in definition.states for block in assignments(state)):
        if "states" in map(_name, block.fields):
            yield Field(f"{block.path}.states", "states").finding("another name", '"state": …')


@limit(
    code="NAWS-ASL-019",
    title="A branch or an item assigns no variable of the states around it",
    source=_VARIABLES,
    example=jsonata("""
      "Begin": {"Type": "Pass", "Assign": {"total": 0}, "Next": "Each"},
      "Each": {"Type": "Map", "End": true, "ItemProcessor": {"StartAt": "One", "States": {"One": {"Type": "Pass",
        "Assign": {"total": 1}, "End": true}}}}"""),
    fix=jsonata("""
      "Begin": {"Type": "Pass", "Assign": {"total": 0}, "Next": "Each"},
      "Each": {"Type": "Map", "End": true, "ItemProcessor": {"StartAt": "One", "States": {"One": {"Type": "Pass",
        "Assign": {"own": 1}, "End": true}}}}"""),
)
def inner_names(definition: Definition) -> Iterator[Finding]:
    """Step Functions refuses it: the variables outside can be read, not changed, and none inside has the same name.

    What a branch or an item has to say is its output.
    """
    bits, entered = kept(definition, "entered", lambda: _entered(definition))
    for scope in definition.scopes:
        outer = _inherited(scope, entered)
        for block in (block for state in scope.states.values() for block in assignments(state) if outer):
            for key in block.fields:
                if outer >> bits[_name(key)] & 1:
                    yield Field(f"{block.path}.{key}", _name(key)).finding(
                        "a name that no state before the one around assigns",
                        f'"own_{key}": …\n"Output": {{…}}  # and assign it outside, from $states.result',
                    )


def _inherited(scope: Scope, entered: Mapping[str, int]) -> int:
    """Names of outside that can be read within; in a distributed map none can."""
    return 0 if scope.holder is None or scope.distributed else entered.get(scope.holder.path, 0)


def _entered(definition: Definition) -> tuple[dict[str, int], dict[str, int]]:
    """The bit of each name, and the names that may have been assigned when each state is entered, by its path.

    A set of names is one number, a bit each: a machine of a thousand variables is judged in no time.
    """
    assigned = {state.path: _assigned(state) for state in definition.states}
    bits = {name: bit for bit, name in enumerate(dict.fromkeys(name for names in assigned.values() for name in names))}
    entered: dict[str, int] = {}
    for scope in definition.scopes:
        around = _inherited(scope, entered)
        own = {name: sum(1 << bits[each] for each in assigned[state.path]) for name, state in scope.states.items()}
        following = {name: [to.value for to in state.transitions] for name, state in scope.states.items()}
        for name, before in reaching(following, own).items():
            entered[scope.states[name].path] = around | before
    return bits, entered


def reaching(following: Mapping[str, Sequence[str]], own: Mapping[str, int]) -> dict[str, int]:
    """The bits of every state from which each one can be reached.

    Args:
        following: the names that each state leads to; those of no state are left out.
        own: the bits of each state.
    """
    before = dict.fromkeys(following, 0)
    waiting = dict.fromkeys(_in_order(following))  # in the order of a run, so that most are visited once
    while waiting:
        name = next(iter(waiting))
        del waiting[name]
        after = before[name] | own[name]
        for to in following[name]:
            if to in before and after | before[to] != before[to]:
                before[to] |= after
                waiting[to] = None
    return before


def _in_order(following: Mapping[str, Sequence[str]]) -> list[str]:
    """Every name before those that it leads to, as far as loops allow."""
    done: dict[str, None] = {}
    begun: set[str] = set()
    for first in following:
        waiting = [(first, False)]
        while waiting:
            name, left = waiting.pop()
            if left:
                done[name] = None
            elif name not in begun and name in following:
                begun.add(name)
                waiting += [(name, True), *((to, False) for to in following[name])]
    return [*reversed(done)]


@limit(
    code="NAWS-ASL-020",
    title="What works on the items of a distributed map reads no variable from outside",
    source=_VARIABLES,
    example=jsonata("""
      "Begin": {"Type": "Pass", "Assign": {"day": 1}, "Next": "Each"},
      "Each": {"Type": "Map", "End": true, "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED",
        "ExecutionType": "STANDARD"}, "StartAt": "One", "States": {"One": {"Type": "Pass", "Output": "{% $day %}",
        "End": true}}}}"""),
    fix=jsonata("""
      "Begin": {"Type": "Pass", "Assign": {"day": 1}, "Next": "Each"},
      "Each": {"Type": "Map", "End": true, "ItemSelector": {"day": "{% $day %}"},
        "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "One",
        "States": {"One": {"Type": "Pass", "Output": "{% $states.input.day %}", "End": true}}}}"""),
)
def own_execution(definition: Definition) -> Iterator[Finding]:
    """Each item is worked on by an execution of its own, which has variables of its own alone.

    `ItemSelector` hands a value over.
    """
    for scope in definition.scopes:
        inside, outside = _visible_names(scope)
        for state in scope.states.values() if outside else ():
            for each in _reading(state):
                for name in sorted((each.reads & outside) - inside):
                    expected = f"no ${name}, which is assigned outside the map"
                    yield each.field.finding(expected, _handed_over(name, scope, state))


def _handed_over(name: str, scope: Scope, reader: State) -> str:
    """The `ItemSelector` that gives a value to each item, in the map's language, and its reader, in the state's."""
    around = next(each.holder for each in scope.chain if each.distributed)
    paths = around is not None and around.language == "JSONPath"
    selector = f'"{name}.$": "${name}"' if paths else f'"{name}": "{{% ${name} %}}"'
    read = "$." if reader.language == "JSONPath" else "$states.input."
    return f'"ItemSelector": {{{selector}}}  # and here {read}{name}'


def _visible_names(scope: Scope) -> tuple[set[str], set[str]]:
    """Names that are assigned within the nearest distributed map, this scope's own included, and those outside it."""
    inside: set[str] = set()
    outside: set[str] = set()
    beyond = False
    for each in scope.chain:
        names = {name for state in each.states.values() for name in _assigned(state)}
        (outside if beyond else inside).update(names)
        beyond = beyond or each.distributed
    return inside, outside


def _reading(state: State) -> Iterator[Expression]:
    """Every text of a state that may read a variable, in either language."""
    yield from expressions(state)
    if state.language != "JSONPath":
        return
    fields = dict(state.fields) if state.type not in ("Map", "Parallel") else {}
    for field, key in within(Field(state.path, fields)):
        if is_text(field.value) and (key.endswith((".$", "Path")) or key == "Variable"):
            names = frozenset(_PATH_READ.findall(_PATH_TEXT.sub(" ", field.value))) - {"states"}
            yield Expression(field=field, result=True, error=True, paths=names)


@practice(
    code="NAWS-ASL-021",
    title="A variable is assigned before it is read",
    source=_VARIABLES,
    example=jsonata('"Load": {"Type": "Pass", "Output": "{% $total %}", "End": true}'),
    fix=jsonata("""
      "Begin": {"Type": "Pass", "Assign": {"total": 0}, "Next": "Load"},
      "Load": {"Type": "Pass", "Output": "{% $total %}", "End": true}"""),
)
def assigned_before(definition: Definition) -> Iterator[Finding]:
    """On no way to this state is it assigned: the expression fails the execution (`States.QueryEvaluationError`).

    What is assigned on some of the ways only, ask for with `$exists`, anywhere in the machine.
    """
    bits, entered = kept(definition, "entered", lambda: _entered(definition))
    asked = {name for state in definition.states for each in expressions(state) for name in each.guarded}
    for scope in definition.scopes:
        elsewhere = _visible_names(scope)[1] | asked | FUNCTIONS  # the first has a rule of its own
        unknown = any(each.opaque or _unknown_names(each) for each in scope.chain)
        for state in () if unknown else scope.states.values():
            for each in _reading(state):
                for read in sorted(each.reads - elsewhere):
                    if read not in bits or not entered[state.path] >> bits[read] & 1:
                        or_else = "" if state.language == "JSONPath" else f"\n$exists(${read}) ? ${read} : …"
                        states = "$states\n" if read.lower() in ("state", "states") else ""
                        remedy = f'{states}"Assign": {{"{read}": …}}  # in a state before{or_else}'
                        yield each.field.finding(f"a state before this one that assigns {read}", remedy)


def _unknown_names(scope: Scope) -> bool:
    """Whether only the deployment knows the name of a variable that is assigned here."""
    return any(has_token(name) for state in scope.states.values() for name in _assigned(state))


@advice(
    code="NAWS-ASL-022",
    title="An output reads no variable that the same state assigns",
    source=_VARIABLES,
    example=jsonata("""
      "Begin": {"Type": "Pass", "Assign": {"total": 0}, "Next": "Load"},
      "Load": {"Type": "Pass", "Assign": {"total": "{% $states.input.total %}"}, "Output": "{% $total %}",
        "End": true}"""),
    fix=jsonata("""
      "Begin": {"Type": "Pass", "Assign": {"total": 0}, "Next": "Load"},
      "Load": {"Type": "Pass", "Assign": {"total": "{% $states.input.total %}"},
        "Output": "{% $states.input.total %}", "End": true}"""),
)
def old_value(definition: Definition) -> Iterator[Finding]:
    """All expressions of a state see the variables as they were when it was entered: the output has the old value."""
    for way in (way for state in definition.states for way in state.ways if state.language == "JSONata"):
        names = set(mapping(way.fields.get("Assign")))
        for each in outputs(way):
            for name in sorted(each.reads & names):
                yield each.field.finding(
                    f"what is assigned to {name}, written again, or the output of the state after",
                    f"put the expression of {name} in place of ${name}",
                )


VARIABLE_RULES = (variable_names, not_states, inner_names, own_execution, assigned_before, old_value)
