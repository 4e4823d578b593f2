"""What is reported of mistakes before deployment: by raw CDK constructs, CDK's default rules on, and by this library.

uv run python benchmarks/what_is_caught.py      prints the table and writes docs/concepts/what-is-caught.md
"""

import json
import re
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import (
    aws_ec2,
    aws_ecs,
    aws_events,
    aws_iam,
    aws_s3,
    aws_scheduler,
    aws_secretsmanager,
    aws_sqs,
    aws_stepfunctions,
)

sys.path.insert(0, str(Path(__file__).parent))  # a script finds its neighbours wherever it is started
import raw_cdk
from mistakes import MISTAKES
from workflow_mistakes import NO_MISTAKE, WORKFLOW_MISTAKES

import naws.ecs_task_processor as ours
import naws.step_function_executor as workflows
from naws.testing.checkers import default_rules

PAGE = Path(__file__).parents[1] / "docs" / "concepts" / "what-is-caught.md"
_WIDTH = 90
_LATE = re.compile(r"(NAWS-[A-Z]+-\d{3}) \((?:limit|practice)\)")
_NO_MISTAKE = (
    'schedule={}, rule=dict(event_pattern=events.EventPattern(source=["app"])), queue={}, retry={}, scratch=256'
)
_INTRODUCTION = """# What is caught before deployment

The same mistakes, made with raw CDK constructs and with this library, and synthesised with CDK's own default rules on
(`@aws-cdk/core:validateAgainstDefaultRules`). Written by `uv run python benchmarks/what_is_caught.py`, which anyone can
run; what raw CDK says is quoted from its first line, and — means that nothing is reported before deployment.

How the list came to be: most of it was written together with the rules of this library, one or more mistakes for each
rule, so that what it shows is no measure of all mistakes that there are. The last part was chosen the other way round:
mistakes that are hard to see, or that nobody can see before deployment, whoever reports them or not. Some rows are no
error for AWS but a practice of this library, which others may see otherwise (root, a root filesystem that can be
written, a schedule faster than its task); it can be acknowledged. CDK has further checks that are off by default,
cfn-lint and cdk-nag report more, and a user of this library has CDK's rules as well.
"""
_WORKFLOWS = """## Workflows

A definition in a file is text for CDK: it looks at none of it, and its rules at little. These are the same mistakes
with `DefinitionBody.from_string` and with `AslFile`. The last three are such that nobody can see before deployment.
"""


def main() -> None:
    """Make every mistake twice, and write down what is reported."""
    for text, judge in ((_NO_MISTAKE, _raw), ("", _here)):
        if reported := judge(text):
            raise SystemExit(f"without a mistake it reports {reported}: nothing can be compared")
    for judge in (raw_workflow, here_workflow):
        if reported := judge(NO_MISTAKE):
            raise SystemExit(f"without a mistake it reports {reported}: nothing can be compared")
    programs = _table([(title, _raw(raw), _here(here)) for title, here, raw in MISTAKES], "")
    made = [(title, raw_workflow(given), here_workflow(given)) for title, given in WORKFLOW_MISTAKES]
    definitions = _table(made, " in definitions of workflows")
    PAGE.write_text(f"{_INTRODUCTION}\n{programs}\n\n{_WORKFLOWS}\n{definitions}\n")
    print(programs, definitions, sep="\n\n")


def _table(rows: Sequence[tuple[str, str, str]], where: str) -> str:
    """The rows, and before them how many are reported."""
    counts = [sum(1 for row in rows if row[column]) for column in (1, 2)]
    total = f"Of {len(rows)} mistakes{where}, raw CDK reports {counts[0]} and this library {counts[1]}."
    lines = [f"| {title} | {raw or '—'} | {here or '—'} |" for title, raw, here in rows]
    head = ["| mistake | raw CDK with its default rules | this library |", "|---|---|---|"]
    return "\n".join([total, "", *head, *lines])


def raw_workflow(definition: Mapping[str, Any]) -> str:
    """What raw CDK says of a definition, in its first line; empty when it says nothing."""

    def build(app: cdk.App) -> cdk.Stack:
        stack = cdk.Stack(app, "Raw")
        body = aws_stepfunctions.DefinitionBody.from_string(json.dumps(definition))
        aws_stepfunctions.StateMachine(stack, "Close", definition_body=body)
        return stack

    try:
        found = [each for each in default_rules(build) if not each.rule.startswith("Annotation::")]
    except Exception as error:  # noqa: BLE001  # whatever it says, and however, is the answer
        return _quoted(str(error))
    return _quoted(found[0].message) if found else ""


def here_workflow(definition: Mapping[str, Any]) -> str:
    """The codes that the library names for a definition in a file; empty when it says nothing."""
    with tempfile.TemporaryDirectory() as folder:
        app = cdk.App(outdir=folder)
        file = Path(folder) / "close.asl.json"
        file.write_text(json.dumps(definition))
        actions = ["sqs:SendMessage", "lambda:InvokeFunction", "events:ListRules"]
        sends = aws_iam.PolicyStatement(actions=actions, resources=["arn:aws:sqs:*:123456789012:news"])
        steps = workflows.AslFile(file, statements=[sends])
        made = cdk.Stack(app, "Here")
        try:
            workflows.StepFunctionExecutor(made, "Close", workflows.StepFunctionExecutorProps(definition=steps))
            app.synth()
        except Exception as error:  # noqa: BLE001  # errors of every kind name their codes
            codes = dict.fromkeys(_LATE.findall(str(error)))
            return ", ".join(_link(code) for code in codes) or _quoted(str(error))
        return ""


def _raw(text: str) -> str:
    """What raw CDK says, in its first line; empty when it says nothing."""

    def build(app: cdk.App) -> cdk.Stack:
        stack = cdk.Stack(app, "Raw")
        raw_cdk.build(stack, **_given(text, stack))
        return stack

    try:
        found = [each for each in default_rules(build) if not each.rule.startswith("Annotation::")]
    except Exception as error:  # noqa: BLE001  # whatever it says, and however, is the answer
        return _quoted(str(error))
    return _quoted(found[0].message) if found else ""


def _here(text: str) -> str:
    """The codes that the library names; empty when it says nothing."""
    with tempfile.TemporaryDirectory() as folder:
        app = cdk.App(outdir=folder)
        stack = cdk.Stack(app, "Here")
        given = _given(text, stack)
        given.pop("conventions", ours.Conventions()).apply(stack)
        # A network that nobody chose is reported with its price, which is no mistake of these.
        image = {"image": aws_ecs.ContainerImage.from_registry("busybox:1.36"), "vpc": ours.NewVpc()}
        then = given.pop("then", None)
        try:
            made = ours.EcsTaskProcessor(stack, "Nightly", ours.EcsTaskProcessorProps(**(image | given)))
            if then:
                then(made)
            app.synth()
        except ours.PatternValidationError as error:
            return ", ".join(_link(code) for code in dict.fromkeys(issue.code for issue in error.issues))
        except Exception as error:  # noqa: BLE001  # what CDK says where a rule of this library is asked too late
            codes = dict.fromkeys(_LATE.findall(str(error)))
            return ", ".join(_link(code) for code in codes) or _quoted(str(error))
        warnings = [entry.data for entry in made.node.metadata if entry.type == "aws:cdk:warning"]
        codes = re.findall(r"NAWS-[A-Z]+-\d{3}", " ".join(str(text) for text in warnings))
        return ", ".join(f"{_link(code)} (a warning)" for code in dict.fromkeys(codes)) or _acknowledged(warnings)


def _acknowledged(warnings: list[Any]) -> str:
    return _quoted(str(warnings[0])) if warnings else ""


def _link(code: str) -> str:
    return f"[{code}](../errors.md#{code.lower()})"


def _quoted(text: str) -> str:
    first = " ".join(text.split()).replace("|", "/").replace("`", "'").replace("<", "&lt;")
    return f"`{first[:_WIDTH]}{'…' if len(first) > _WIDTH else ''}`"


def _given(text: str, stack: cdk.Stack) -> dict[str, Any]:
    """Keyword arguments from their source text."""
    secret = aws_secretsmanager.Secret.from_secret_name_v2(stack, "Known", "reports")
    names: dict[str, Callable[..., Any] | Any] = {name: getattr(ours, name) for name in ours.__all__}
    names |= {"cdk": cdk, "ec2": aws_ec2, "ecs": aws_ecs, "events": aws_events, "scheduler": aws_scheduler}
    names |= {"iam": aws_iam, "s3": aws_s3}
    names |= {"sqs": aws_sqs, "sfn": aws_stepfunctions, "datetime": datetime, "UTC": UTC, "stack": stack}
    names |= {"secret": secret, "image": aws_ecs.ContainerImage.from_registry("busybox:1.36"), "given": dict}
    return eval(f"given({text})", names)  # noqa: S307  # the text stands in mistakes.py


if __name__ == "__main__":
    main()
