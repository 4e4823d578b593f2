"""A new pattern is whole from the first minute, and a few lines make a service of it.

orders_mailer.patch holds those lines: what a queue message, a time or an event brings is published to a topic. When the
template has changed below them: render it, make the lines anew, and take `git diff -U2` of packages, tests and docs.
"""

import json
import os
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from naws.testing.scaffold.__main__ import rendered as rendered_text
from naws.testing.scaffold.__main__ import scaffold

ROOT = Path(__file__).parents[2]
PATCH = Path(__file__).with_name("orders_mailer.patch")
NAME = "orders-mailer"
MOST_LINES = 150
COPIED = (
    "pyproject.toml",
    "mkdocs.yml",
    "LICENSE",
    "CHANGELOG.md",
    "docs/costs.py",
    "docs/fill.py",
    "docs/purposes.py",
    "tests/conftest.py",
    "tests/durations.toml",
)
TESTS = ("test_imports.py", "test_sizes.py", "test_distributions.py")
# The others are in the workspace by what they declare alone, and nothing is installed from it.
OTHERS = (
    "naws-core",
    "naws-cli",
    "naws-testing",
    "task-processor",
    "lambda-service",
    "ecs-service",
    "step-function-executor",
    "portal-website",
    "installed",
    "emulator",
    "boto3",
)
LAWS = " and ".join(f"not {each}" for each in OTHERS)
TABLES = {
    "fields": "| `{own}` | `str` |",
    "resources": "| `QueueTrigger` | `Nightly/Queue1Pipe` | Pipes Pipe |",
    "alarms": "| `ScheduleTrigger` | `DidNotRun1` | `AWS/States ExecutionsSucceeded` |",
    "permissions": "| `ScheduleTrigger` | `Nightly/SchedulerRole` | `states:StartExecution` | `Nightly/StateMachine` |",
    "rules": "| [NAWS-ORDERSMAILER-001](../errors.md#naws-ordersmailer-001) |",
}
APP = """
import aws_cdk as cdk
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs

from naws.orders_mailer import OrdersMailer, OrdersMailerProps, QueueTrigger

app = cdk.App(outdir="cdk.out")
stack = cdk.Stack(app, "Orders")
mailer = OrdersMailer(stack, "Mailer", OrdersMailerProps(subject="An order", triggers=[QueueTrigger()]))
inbox = sqs.Queue(stack, "Inbox")
mailer.topic.add_subscription(subscriptions.SqsSubscription(inbox))
cdk.CfnOutput(stack, "InboxUrl", value=inbox.queue_url)
app.synth()
"""


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace like this one with a new pattern in it; of the others it has what they declare."""
    root = tmp_path_factory.mktemp("workspace")
    declared = [path for each in ("packages", "shared") for path in ROOT.glob(f"{each}/*/*") if path.is_file()]
    for path in (*declared, *(ROOT / name for name in COPIED), *(ROOT / "tests/workspace" / name for name in TESTS)):
        copy = root / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    (root / "docs/patterns").mkdir()
    scaffold(root, NAME)
    _install(root / "packages" / NAME)
    types = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["pyright"]
    own = {"include": [f"packages/{NAME}"], "extraPaths": [f"packages/{NAME}/src"], "venvPath": str(ROOT)}
    (root / "pyrightconfig.json").write_text(json.dumps({**types, **own}))
    return root


def _install(package: Path) -> None:
    """What an installer notes beside a package's modules: so its entry point is found."""
    project = tomllib.loads((package / "pyproject.toml").read_text())["project"]
    (pattern,) = project["entry-points"]["naws.patterns"].items()
    notes = package / "src" / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    notes.mkdir()
    (notes / "METADATA").write_text(f"Name: {project['name']}\nVersion: {project['version']}\n")
    (notes / "entry_points.txt").write_text(f"[naws.patterns]\n{' = '.join(pattern)}\n")


@pytest.fixture(scope="module")
def service(rendered: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with the lines of a service."""
    root = tmp_path_factory.mktemp("service") / "workspace"
    shutil.copytree(rendered, root)
    subprocess.run(["git", "apply", "-C1", str(PATCH)], cwd=root, check=True)
    return root


@pytest.fixture(params=["rendered", "service"])
def workspace(request: pytest.FixtureRequest) -> Path:
    return request.getfixturevalue(request.param)


def run(workspace: Path, *command: str) -> str:
    """What Python prints there, the new package among those that are found."""
    done = subprocess.run(
        [sys.executable, *command],
        cwd=workspace,
        env={**os.environ, "PYTHONPATH": str(workspace / f"packages/{NAME}/src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def contract(workspace: Path, marked: str, *options: str) -> int:
    """Runs the tests of the new pattern; how many passed."""
    passed = run(workspace, "-m", "pytest", "-n", "0", "-q", "tests/orders_mailer", "-m", marked, *options)
    return int(passed.rsplit(" passed", 1)[0].rsplit(maxsplit=1)[-1])


def test_it_is_clean(workspace: Path) -> None:
    own = (f"packages/{NAME}", "tests/orders_mailer")
    run(workspace, "-m", "ruff", "check", *own)
    run(workspace, "-m", "ruff", "format", "--check", *own)


@pytest.mark.exhaustive
def test_its_types_are_right(workspace: Path) -> None:
    assert run(workspace, "-m", "pyright").startswith("0 errors, 0 warnings")


def test_nothing_of_the_sample_is_left(rendered: Path) -> None:
    folders = (rendered / "packages" / NAME, rendered / "tests/orders_mailer", rendered / "docs/patterns")
    files = (path for folder in folders for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")
    texts = {path: path.read_text() for path in files}
    assert len(texts) > 12
    assert [path for path, text in texts.items() if path.name != "LICENSE" and "sample" in text.lower()] == []


def test_it_is_in_the_workspace_and_in_the_guide(rendered: Path) -> None:
    project = (rendered / "pyproject.toml").read_text()
    assert "naws-orders-mailer = { workspace = true }\n" in project
    assert '    "naws-orders-mailer",\n' in project
    guide = (rendered / "mkdocs.yml").read_text()
    assert "      - Orders mailer: patterns/orders-mailer.md\n" in guide
    assert "packages/orders-mailer/src" in guide


@pytest.mark.exhaustive
def test_the_laws_of_the_workspace_hold(service: Path) -> None:
    assert " passed" in run(service, "-m", "pytest", "-n", "0", "-q", "tests/workspace", "-k", LAWS)


def test_few_lines_make_the_service() -> None:
    added = [line for line in PATCH.read_text().splitlines() if line.startswith("+") and not line.startswith("+++")]
    assert 0 < len(added) < MOST_LINES


@pytest.mark.exhaustive
@pytest.mark.parametrize(("of", "own"), [("rendered", "label"), ("service", "subject")])
def test_its_page_has_every_table(of: str, own: str, request: pytest.FixtureRequest) -> None:
    page = f"docs/patterns/{NAME}.md"
    fill = f"import runpy; print(runpy.run_path('docs/fill.py')['filled'](open('{page}').read()))"
    reference = "from naws.cli.rules import reference; print(reference())"
    filled = run(request.getfixturevalue(of), "-c", f"{fill}\n{reference}")
    assert "## NAWS-ORDERSMAILER-001\n" in filled
    # What both patterns are held to is in nobody's words.
    assert 'patterns={"": Props()}' in filled
    assert filled.count("mailers=") == filled.count("processors=") == 1
    for kind, row in TABLES.items():
        table = filled.partition(f"<!-- fill: {kind} ")[2].partition("<!-- end -->")[0]
        assert row.format(own=own) in table, table
    published = "| `nothing` | `Nightly/WorkflowRole` | `sns:Publish` | `Nightly/Topic` |"
    assert (published.replace("`nothing`", "nothing") in filled) == (of == "service")


@pytest.mark.exhaustive
def test_it_keeps_its_contracts(workspace: Path) -> None:
    assert contract(workspace, "not e2e", "--snapshot-update") > 150
    shots = workspace / "tests/orders_mailer/__snapshots__"
    assert {each.name for each in shots.iterdir()} == {"test_mistakes", "test_template"}


@pytest.mark.e2e
def test_it_keeps_the_contract_where_it_is_deployed(service: Path) -> None:
    assert contract(service, "e2e") == 1


@pytest.mark.e2e
def test_what_a_queue_message_brings_is_published(service: Path, deploy: Callable[[Path], Any], aws: Any) -> None:
    run(service, "-c", APP)
    (stack,) = deploy(service / "cdk.out")
    (queue,) = (url for name, url in stack.outputs.items() if name.startswith("MailerQueue1Url"))
    sqs = aws.client("sqs")
    sqs.send_message(QueueUrl=queue, MessageBody=json.dumps({"order": 7}))
    deadline = time.monotonic() + 30
    found = []
    while not found and time.monotonic() < deadline:
        found = sqs.receive_message(QueueUrl=stack.outputs["InboxUrl"], WaitTimeSeconds=1).get("Messages", [])
    (message,) = found
    published = json.loads(message["Body"])
    (sent,) = json.loads(published["Message"])
    assert (published["Subject"], json.loads(sent["body"])) == ("An order", {"order": 7})
    assert stack.of_type("AWS::CloudWatch::Alarm")


@pytest.mark.parametrize(
    "name", ["orders", "Orders-Mailer", "orders_mailer", "-orders", "../orders-mailer", "naws-orders-mailer"]
)
def test_what_is_no_name_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is no name"):
        scaffold(tmp_path, name)
    assert list(tmp_path.iterdir()) == []


def test_the_argument_of_a_stack_is_one_plural() -> None:
    assert [rendered_text("samples", name) for name in ("kafka-consumers", "orders-mailer")] == ["consumers", "mailers"]


def test_a_pattern_that_exists_is_left_alone() -> None:
    with pytest.raises(ValueError, match="packages/ecs-task-processor exists"):
        scaffold(ROOT, "ecs-task-processor")
