"""What `make` runs for an app and its stage."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
APP = "APP=examples/nightly-report/app.py"
PYTHON = '--app "python app.py"'
IN_ITS_FOLDER = f"cd examples/nightly-report/ && uv run --project {ROOT} "


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["make", "-n", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


def commands(*arguments: str) -> list[str]:
    """The commands of the goal, without those that look whether something is given."""
    lines = make(*arguments).stdout.splitlines()
    return [" ".join(line.removeprefix(IN_ITS_FOLDER).split()) for line in lines if not line.startswith("test ")]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["deploy", APP], [f"cdk deploy --all {PYTHON}"]),
        (["deploy", APP, "STAGE=personal"], [f'cdk deploy "Personal/*" {PYTHON} -c stage=personal']),
        (
            ["deploy", APP, "STAGE=personal", "CDK=--require-approval never"],
            [f'cdk deploy "Personal/*" {PYTHON} -c stage=personal --require-approval never'],
        ),
        (["destroy", APP, "STAGE=personal"], [f'cdk destroy "Personal/*" {PYTHON} -c stage=personal']),
        (
            ["verify", APP, "STAGE=personal"],
            [
                f"cdk synth --quiet --output cdk.out {PYTHON} -c stage=personal",
                "naws verify --app cdk.out/assembly-Personal",
            ],
        ),
        (["verify", APP], [f"cdk synth --quiet --output cdk.out {PYTHON}", "naws verify --app cdk.out"]),
    ],
    ids=lambda value: " ".join(value) if "APP" in str(value) else "",
)
def test_a_stage_is_given_to_the_app_and_only_its_stacks_are_taken(arguments: list[str], expected: list[str]) -> None:
    assert commands(*arguments) == expected


@pytest.mark.parametrize(
    ("arguments", "missing"),
    [(["deploy"], "APP="), (["verify"], "APP="), (["destroy"], "APP="), (["destroy", APP], "STAGE=")],
)
def test_what_is_missing_is_named(arguments: list[str], missing: str) -> None:
    result = subprocess.run(["make", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert missing in result.stderr
