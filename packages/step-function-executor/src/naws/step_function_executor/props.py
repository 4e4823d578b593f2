"""The props of the pattern and the values that they take: no logic and no scope."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path
from typing import ClassVar

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from naws.core import Binding
from naws.core.authoring import Bindable, Hint, Hints, Operated, Triggered, suggesting


@suggesting
@dataclass(frozen=True)
class AslFile:
    """A definition in a file, in the Amazon States Language as JSON. It is read, checked and written into the template.

    Attributes:
        path: the file, relative to where the app is run.
        substitutions: `${name}` in the file by what stands for it: a text, a number, or a token such as an ARN. Inside
            quotes a text is escaped; outside it is JSON itself. Omitted: none.
        statements: what the role of the workflow may do for the calls in it. Omitted: only what every workflow may.
    """

    _shorthand: ClassVar[str] = "path"
    _hints: ClassVar[Hints] = {"path": Hint(example='"close.asl.json"')}
    path: str | Path
    _: KW_ONLY
    substitutions: Mapping[str, str | float] = field(default_factory=dict[str, str | float])
    statements: Sequence[iam.PolicyStatement] = ()


@dataclass(frozen=True, kw_only=True)
class StepFunctionExecutorProps(Triggered, Operated):
    """Everything that can be given to a workflow; only `definition` has to be."""

    _hints: ClassVar[Hints] = {
        "definition": Hint(
            example="steps",
            instead=dict.fromkeys(("FileDefinitionBody", "StringDefinitionBody"), 'definition=AslFile("….asl.json")'),
        )
    }
    _elsewhere: ClassVar[dict[str, str]] = {
        "definition_body": "give definition=…, a chain of states, a function that returns one, or AslFile(…)",
        "logs": "give log_level=…, log_retention=… and include_execution_data=…",
        "tracing_enabled": "it is always traced",
        "environment": "a workflow has no variables: write the value into a state",
    }
    definition: sfn.IChainable | Callable[[Construct], sfn.IChainable] | AslFile
    """The states: a chain of them, a function of the scope that makes one, or a file."""
    state_machine_type: sfn.StateMachineType = sfn.StateMachineType.STANDARD
    """EXPRESS only where somebody waits for the answer: it takes five minutes at most, and keeps no failure."""
    timeout: cdk.Duration | None = None
    """The longest time that a run may take, up to a year; EXPRESS 5 minutes. Omitted: that of a file, else 1 day,
    EXPRESS 5 minutes."""
    query_language: sfn.QueryLanguage | None = None
    """Omitted: JSONATA; of a file its own, which is JSON_PATH where it names none."""
    bindings: Sequence[Binding | Bindable] = ()
    """Data sources that states call the services of: the workflow's role gets the rights. Omitted: none."""
    log_level: sfn.LogLevel | None = None
    """The events that are logged. Omitted: ERROR; EXPRESS, which has no history, ALL."""
    include_execution_data: bool = False
    """True logs what states take and give, too, secrets among it."""
    role: iam.IRole | None = None
    """The workflow's role, of this account; the rights that it needs are added to it. Omitted: one is created that may
    do what the states call."""
