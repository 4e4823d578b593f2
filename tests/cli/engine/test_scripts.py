"""What a `dev_command` runs: the script or the module that has to be there, and nothing else."""

import pytest

from naws.cli.engine.scripts import Named, named

SCRIPTS = {
    "python job/main.py --fast": 1,
    "/usr/bin/python3.11 -u -X dev -W ignore main.py": 6,
    "python -uS main.py": 2,
    "uv run python main.py": 3,
    "uv run main.py": 2,
    "uv run --frozen --with requests --env-file=.env main.py": 6,
    "uv run --script main.py": 3,
    "poetry run python main.py": 3,
    "pipenv run python main.py": 3,
    "env A=1 B=2 python main.py": 4,
    "env -u A python main.py": 4,
    "nice -n 5 timeout -k 3 60 python main.py": 8,
    "sh run.sh": 1,
    "bash -euo pipefail run.sh": 3,
    "node --import x main.js": 3,
    "node --enable-source-maps --env-file=.env main.mjs": 3,
    "npx tsx main.ts": 2,
    "ruby -r json main.rb": 3,
    "java -Xmx1g -jar app.jar": 3,
    "opentelemetry-instrument python main.py": 2,
}


@pytest.mark.parametrize(("command", "at"), SCRIPTS.items())
def test_a_script(command, at):
    found = named(command.split())
    assert found
    assert (found.kind, found.at) == ("script", at)


@pytest.mark.parametrize(
    ("command", "at", "own"),
    [
        ("python -m job.load", 2, True),
        ("python -um job", 2, True),
        ("nohup python -m job", 3, True),
        ("env A=1 python -m job", 4, True),
        ("env PYTHONPATH=../lib python -m job", 4, False),
        ("uv run python -m job", 4, False),
        ("uv run -m job", 3, False),
        ("poetry run python -m job", 4, False),
        ("python -I -m job", 3, False),
        ("env -u PYTHONPATH python -m job", 5, False),
    ],
)
def test_a_module(command, at, own):
    of_a_tool = command.startswith(("uv run", "poetry run"))
    assert named(command.split()) == Named("module", at, own, beside=of_a_tool)


@pytest.mark.parametrize(
    "command",
    [
        "",
        "python",
        "python -c print(1) main.py",
        "python -",
        "python job out.py",
        "python --unknown main.py other.py",
        "sh -c x.sh",
        "bash -ec run.sh",
        "node -e 1 main.js",
        "node --unknown x.js main.js",
        "node main out.js",
        "generate --out report.py",
        "generate report.py",
        "black main.py",
        "uv sync main.py",
        "uv --directory job run main.py",
        "uv run --directory job main.py",
        "uv run https://example.com/main.py",
        "uv run generate out.py",
        "env -C job python main.py",
        "poetry install main.py",
        "python -m",
        "java -cp app.jar Main",
    ],
)
def test_nothing_where_nobody_can_know(command):
    assert named(command.split()) is None
