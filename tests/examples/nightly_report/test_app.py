"""The stages of the example's app, synthesised as the CDK's command does, without an account."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.exhaustive

APP = Path(__file__).parents[3] / "examples" / "nightly-report" / "app.py"
DATA = ("AWS::S3::Bucket", "AWS::RDS::DBInstance", "AWS::DynamoDB::Table")


def synthesise(folder: Path, account: str = "", **context: str) -> subprocess.CompletedProcess[str]:
    given = {"CDK_DEFAULT_ACCOUNT": account, "CDK_DEFAULT_REGION": "eu-west-1"} if account else {}
    told = {"CDK_OUTDIR": str(folder), "CDK_CONTEXT_JSON": json.dumps(context), **given}
    return subprocess.run(
        [sys.executable, APP], env={**os.environ, **told}, capture_output=True, text=True, check=False
    )


def policies(folder: Path, stage: str) -> dict[str, set[str]]:
    """What happens to what holds data of a stage, by type."""
    (path,) = (folder / f"assembly-{stage}").glob(f"{stage}Data*.template.json")
    resources: Any = json.loads(path.read_text())["Resources"]
    kinds = {kind: [each for each in resources.values() if each["Type"] == kind] for kind in DATA}
    return {kind: {each.get("DeletionPolicy", "Delete") for each in found} for kind, found in kinds.items()}


@pytest.fixture(scope="module")
def personal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("personal")
    ended = synthesise(folder, account="111111111111", stage="personal")
    assert ended.returncode == 0, ended.stderr
    return folder


def test_production_keeps_its_data_and_a_personal_stage_does_not(personal: Path) -> None:
    assert policies(personal, "Prod") == {
        "AWS::S3::Bucket": {"RetainExceptOnCreate"},
        "AWS::RDS::DBInstance": {"Snapshot"},
        "AWS::DynamoDB::Table": {"Retain"},
    }
    assert policies(personal, "Personal") == {kind: {"Delete"} for kind in DATA}


def test_a_personal_stage_is_refused_in_an_account_that_is_not_listed(tmp_path: Path) -> None:
    ended = synthesise(tmp_path, account="222222222222", stage="personal")
    assert ended.returncode == 1
    assert "NAWS-STAGE-003" in ended.stderr
