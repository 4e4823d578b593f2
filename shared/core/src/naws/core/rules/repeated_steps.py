"""Steps that start a pattern's runs from a workflow of the user's, and are entered more than once there."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from naws.core.rule import Finding, advice
from naws.core.rules.asl_scopes import mapping, read
from naws.core.rules.asl_variables import reaching
from naws.core.rules.values import Field

_MORE = 'sfn.Choice.jsonata(stack, "More?").when(sfn.Condition.jsonata("{% $states.input.more %}"), step)'
_LOOP = (
    'then=lambda made: sfn.StateMachine(stack, "Months", definition_body=sfn.DefinitionBody.from_chainable('
    f'(step := made.as_step(stack, "Report"RUN_ID)).next({_MORE}.otherwise(sfn.Succeed(stack, "Done")))))'
)


@dataclass(frozen=True, kw_only=True)
class RepeatedStep:
    """A step that is entered more than once in one execution, and whose run has the same id each time.

    Attributes:
        name: the state's.
        how: what repeats it: `a loop`, or a map, as a message writes it.
    """

    name: str
    how: str


@advice(
    code="NAWS-RUN-007",
    title="A step that is repeated names its run",
    source="a run's id tells a repetition from other work: the pattern's page, on runs that are steps",
    example=_LOOP.replace("RUN_ID", ""),
    fix=_LOOP.replace("RUN_ID", ', run_id="{% $states.input.month %}"'),
)
def named_run(step: RepeatedStep) -> Iterator[Finding]:
    """A run's id is the same for a retry and a redrive, so that work is not done twice; a turn of a loop is other work.

    A program that takes `NAWS_RUN_ID` for its key would skip every turn but the first.
    """
    yield Field(f'as_step("{step.name}").run_id').finding(
        "an id that differs each time that the state is entered for other work",
        'run_id="{% $states.input.… %}"',
        shown=f"the same in {step.how}",
    )


def repeated(definition: Mapping[str, Any], run_id: str) -> Iterator[RepeatedStep]:
    """The steps in a definition whose run has this id and that are entered more than once.

    Args:
        definition: the workflow's.
        run_id: the expression that is the same each time, but for the index of one map.
    """
    for scope in read(definition).scopes:
        maps = [each for each in scope.chain if each.holder is not None and each.holder.type == "Map"]
        following = {name: [to.value for to in state.transitions] for name, state in scope.states.items()}
        for name, state in scope.states.items():
            if mapping(mapping(state.fields.get("Arguments")).get("Input")).get("id") != run_id:
                continue
            if reaching(following, {each: int(each == name) for each in following})[name]:
                yield RepeatedStep(name=name, how="each turn of a loop")
            elif len(maps) > 1:
                yield RepeatedStep(name=name, how="a map in a map")


STEP_RULES = (named_run,)
