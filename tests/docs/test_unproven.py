"""The page of open questions stays true: its parts are there, its code is there, AWS's models know its commands."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import boto3
import pytest
from botocore import xform_name
from botocore.exceptions import UnknownServiceError
from botocore.validate import ParamValidator

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/unproven.md").read_text()
PARTS = ("Claim", "Why nothing here knows", "Asked", "Try it", "Meanwhile", "Code")
SECTIONS = dict(re.findall(r"^## (.+?)\n\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
QUESTIONS = {title: text for title, text in SECTIONS.items() if title != "Before and after"}
# Of every command of the AWS CLI, whatever the operation.
GLOBAL = {"--query", "--output"}


class Command(NamedTuple):
    service: str
    operation: str
    arguments: dict[str, list[str]]


def blocks(text: str) -> list[str]:
    return re.findall(r"```bash\n(.*?)```", text, re.DOTALL)


def commands(text: str) -> Iterator[Command]:
    """Every `aws service operation` of the blocks, also those in `$(…)` and in loops."""
    for block in blocks(text):
        for line in block.splitlines():
            for start in re.finditer(r"(?:^|\$\(|; do )\s*aws ", line):
                words = _words(line[start.end() :])
                if words[1] == "wait":
                    words[1:3] = [" ".join(words[1:3])]
                arguments: dict[str, list[str]] = {}
                for word in words[2:]:
                    if word.startswith("--"):
                        arguments[word] = values = []
                    else:
                        values.append(word)
                yield Command(words[0], words[1], arguments)


def _words(rest: str) -> list[str]:
    """The words of one command, up to what ends it."""
    lexer = shlex.shlex(rest, posix=True, punctuation_chars=");|")
    lexer.whitespace_split = True
    words: list[str] = []
    for word in lexer:
        if word.startswith((")", ";", "|")):
            break
        words.append(word)
    return words


ALL = list(commands(PAGE))


def unknown(command: Command) -> list[str]:
    """What AWS's models do not know of a command."""
    try:
        named = {"s3api": "s3", "deploy": "codedeploy"}.get(command.service, command.service)
        client: Any = boto3.client(named, region_name="eu-west-1")
    except UnknownServiceError:
        return [f"no service {command.service}"]
    service = client.meta.service_model
    operations = {xform_name(name, "-"): name for name in service.operation_names}
    # A waiter takes what the operation takes that it repeats.
    waiters = {
        f"wait {name.replace('_', '-')}": client.get_waiter(name).config.operation for name in client.waiter_names
    }
    operations.update(waiters)
    if command.operation not in operations:
        return [f"no operation {command.service} {command.operation}"]
    shape = service.operation_model(operations[command.operation]).input_shape
    members = {f"--{xform_name(name, '-')}": name for name in (shape.members if shape else ())}
    given = command.arguments.keys() - GLOBAL
    wrong = [f"{command.service} {command.operation} has no {name}" for name in sorted(given - members.keys())]
    required = {f"--{xform_name(name, '-')}" for name in (shape.required_members if shape else ())}
    wrong += [f"{command.service} {command.operation} needs {name}" for name in sorted(required - given)]
    for name in sorted(given & members.keys()):
        wrong += _wrong_value(command, name, shape.members[members[name]])
    return wrong


def _wrong_value(command: Command, name: str, shape: Any) -> list[str]:
    """A value written as JSON is held to its shape, and a word to the words that there are."""
    (value,) = command.arguments[name] if len(command.arguments[name]) == 1 else ("",)
    if shape.type_name in ("structure", "list", "map") and value.startswith(("{", "[")):
        report = ParamValidator().validate(json.loads(value), shape)
        return (
            [f"{command.service} {command.operation} {name}: {report.generate_report()}"] if report.has_errors() else []
        )
    if shape.type_name == "string" and shape.enum and "$" not in value and value not in shape.enum:
        return [f"{command.service} {command.operation} {name}: no {value}"]
    return []


def test_the_questions_are_all_there() -> None:
    assert len(QUESTIONS) >= 10
    for word in (
        "Status events",
        "RetryCount",
    ):
        assert any(word in title for title in QUESTIONS), word


@pytest.mark.parametrize("title", QUESTIONS)
def test_every_question_has_its_parts(title: str) -> None:
    found = re.findall(r"^\*\*(.+?)\.\*\*", QUESTIONS[title], re.MULTILINE)
    assert tuple(found) == PARTS
    parts = re.split(r"^\*\*.+?\.\*\*", QUESTIONS[title], flags=re.MULTILINE)[1:]
    assert [name for name, part in zip(PARTS, parts, strict=True) if len(part.split()) < 2] == []
    assert len(blocks(QUESTIONS[title])) == 1


@pytest.mark.parametrize("title", QUESTIONS)
def test_the_code_that_is_named_is_there(title: str) -> None:
    named = re.findall(r"^\*\*Code\.\*\* `([^`]+)`: `(.+)`$", QUESTIONS[title], re.MULTILINE)
    assert len(named) == 1
    path, text = named[0]
    assert text in (ROOT / path).read_text(), "the code has changed: is this question still open, and is the text true?"


@pytest.mark.parametrize("title", SECTIONS)
def test_the_commands_are_known_to_the_models_of_aws(title: str) -> None:
    assert [wrong for command in commands(SECTIONS[title]) for wrong in unknown(command)] == []


@pytest.mark.parametrize("title", QUESTIONS)
def test_what_a_question_makes_it_takes_away(title: str) -> None:
    text = "\n".join(blocks(QUESTIONS[title]))
    made = {
        "create-alias": "delete-alias",
        "create-bucket": "delete-bucket",
        "create-distribution": "delete-distribution",
        "create-response-headers-policy": "delete-response-headers-policy",
        "create-function": "delete-function",
        "create-key": "schedule-key-deletion",
        "create-log-group": "delete-log-group",
        "create-queue": "delete-queue",
        "create-topic": "delete-topic",
        "create-table": "delete-table",
        "create-pipe": "delete-pipe",
        "create-access-point": "delete-access-point",
        "create-cluster": "delete-cluster",
        "create-load-balancer": "delete-load-balancer",
        "create-service": "delete-service",
        "put-bucket-policy": "delete-bucket",
        "create-file-system": "delete-file-system",
        "create-mount-target": "delete-mount-target",
        "create-role": "delete-role",
        "create-secret": "delete-secret",
        "put-role-policy": "delete-role-policy",
        "create-stack": "delete-stack",
        "create-change-set": "delete-change-set",
        "create-state-machine": "delete-state-machine",
        "create-db-cluster": "delete-db-cluster",
        "put-object": "delete-object",
        "put-rule": "delete-rule",
        "put-targets": "remove-targets",
        "put-parameter": "delete-parameter",
        "put-function-concurrency": "delete-function-concurrency",
        "put-metric-alarm": "delete-alarms",
        "register-task-definition": "deregister-task-definition",
        "run-task": "wait tasks-stopped",
        "attach-role-policy": "detach-role-policy",
        "create-schedule": "delete-schedule",
        "create-application": "delete-application",
        "create-deployment-group": "delete-application",
    }
    used = {command.operation for command in commands(QUESTIONS[title])}
    assert {
        operation for operation in used if re.match(r"create|register|put-(?!events|item|metric-data)|run-", operation)
    } <= made.keys()
    assert [there for there, away in made.items() if there in used and f" {away}" not in text] == []


def test_a_policy_names_its_services() -> None:
    # IAM refuses it: "Resource vendor must be fully qualified and cannot contain regexes".
    assert "arn:aws:*" not in PAGE


def test_every_command_is_read() -> None:
    written = sum(len(re.findall(r"\baws [a-z0-9]+ [a-z-]+ ", block)) for block in blocks(PAGE))
    assert len(ALL) == written
    assert written > 50


@pytest.mark.parametrize(
    ("command", "wrong"),
    [
        ("aws sqz send-message --x 1", "no service sqz"),
        ("aws sqs send-massage --x 1", "no operation sqs send-massage"),
        ("aws sqs purge-queue --queue-uri q", "sqs purge-queue has no --queue-uri"),
        ("aws sqs send-message --queue-url q", "sqs send-message needs --message-body"),
        ("aws cloudwatch set-alarm-state --alarm-name a --state-value RED --state-reason r", "no RED"),
        ("""aws events put-targets --rule r --targets '[{"Id":1}]'""", "put-targets --targets"),
    ],
)
def test_a_wrong_command_would_be_found(command: str, wrong: str) -> None:
    (one,) = commands(f"```bash\n{command}\n```")
    assert wrong in "\n".join(unknown(one))


def test_contributing_and_the_navigation_lead_here() -> None:
    assert "[unproven]: docs/unproven.md" in (ROOT / "CONTRIBUTING.md").read_text()
    assert "[unproven]: unproven.md" in (ROOT / "docs/contributing.md").read_text()
    assert "unproven.md" in (ROOT / "mkdocs.yml").read_text()
