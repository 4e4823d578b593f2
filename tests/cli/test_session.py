"""What `naws local` starts, and in which order: the app synthesises while the embedded AWS starts."""

from http.client import RemoteDisconnected

import pytest
from botocore.exceptions import EndpointConnectionError

from naws.cli import session as sessions
from naws.cli.embedded import EmbeddedAwsError
from naws.cli.engine import Engine
from naws.cli.errors import CliError
from naws.cli.progress import Progress
from naws.cli.synth import find_app

LOOK_UP = """
import json, os, pathlib
out = pathlib.Path(os.environ["CDK_OUTDIR"])
query = {"key": "zones", "provider": "availability-zones", "props": {}}
asked = [] if "zones" in json.loads(os.environ["CDK_CONTEXT_JSON"]) else [query]
(out / "R.template.json").write_text("{}")
artifact = {"type": "aws:cloudformation:stack", "properties": {"templateFile": "R.template.json"}, "metadata": {}}
(out / "manifest.json").write_text(json.dumps({"artifacts": {"R": artifact}, "missing": asked}))
"""
WRONG = "raise ValueError('memory_limit_mib must not be 100')"


class Embedded:
    """An embedded AWS that notes what is asked of it."""

    endpoint_url, account_id, region, alive = "http://127.0.0.1:1", "000000000000", "us-east-1", True

    log_file = "embedded-aws.log"

    def __init__(self, done, *, starts=True, ends=False):
        self.done, self.starts, self.ends = done, starts, ends

    def launch(self, *_, **__):
        self.done.append("launched")
        return self

    def wait_until_ready(self):
        if not self.starts:
            raise EmbeddedAwsError("no memory")
        self.done.append("ready")

    def environment(self):
        self.done.append("synthesised")
        return {}

    def stop(self):
        self.done.append("stopped")

    def ended_within(self, seconds):
        assert seconds > 0
        self.done.append("waited")
        return self.ends


@pytest.fixture
def run(tmp_path, monkeypatch):
    done = []
    monkeypatch.setattr(sessions, "choose", lambda _: Engine("process", None, "as asked"))
    monkeypatch.setattr(sessions.LookUps, "answer", lambda *_: done.append("looked up") or {"zones": []})
    monkeypatch.setattr(sessions.Deployer, "deploy", lambda *_: done.append("deployed") or [])

    def run(script, *, starts=True):
        (tmp_path / "app.py").write_text(script)
        embedded = Embedded(done, starts=starts)
        monkeypatch.setattr(sessions, "_embedded", lambda: (embedded, EmbeddedAwsError))
        progress, state = Progress(), tmp_path / "state"
        with sessions.session(state, port=None, engine="process") as running:
            running.deploy(find_app(tmp_path), progress)

    run.done = done
    return run


def test_an_app_that_does_not_synthesise_waits_for_nothing(run):
    with pytest.raises(CliError, match="does not synthesise"):
        run(WRONG)
    assert run.done == ["launched", "synthesised", "stopped"]


def test_a_dev_command_with_a_typo_is_reported_before_anything_is_deployed(run):
    logged = [
        {"type": "aws:cdk:logicalId", "data": "Task"},
        {"type": "naws:dev-command", "data": {"container": "main", "command": ["python", "mian.py"]}},
    ]
    with pytest.raises(CliError, match=r"of R/Task \(main\) cannot run: there is no mian\.py"):
        run(LOOK_UP.replace('"metadata": {}', f'"metadata": {{"/R/Task/Resource": {logged!r}}}'))
    assert run.done == ["launched", "synthesised", "ready", "looked up", "stopped"]


def test_a_look_up_waits_and_so_does_the_deployment(run):
    run(LOOK_UP)
    assert run.done == ["launched", "synthesised", "ready", "looked up", "ready", "deployed", "stopped"]


def test_one_that_does_not_start_is_an_error(run):
    with pytest.raises(CliError, match="cannot start") as raised:
        run(LOOK_UP, starts=False)
    assert raised.value.detail == "no memory"
    assert run.done == ["launched", "synthesised", "stopped"]


@pytest.mark.parametrize(
    "error", [RemoteDisconnected("closed"), EndpointConnectionError(endpoint_url="http://x"), KeyError()]
)
def test_one_that_ends_by_itself_is_named_although_its_clients_notice_first(tmp_path, monkeypatch, error):
    """A connection ends before its process does."""
    monkeypatch.setattr(sessions, "choose", lambda _: Engine("process", None, "as asked"))

    def fails(*, ends, error=error):
        monkeypatch.setattr(sessions, "_embedded", lambda: (Embedded([], ends=ends), EmbeddedAwsError))
        with sessions.session(tmp_path / "state", port=None, engine="process"):
            raise error

    with pytest.raises(CliError, match="has ended by itself") as raised:
        fails(ends=True)
    assert "embedded-aws.log" in raised.value.detail
    with pytest.raises(type(error)):
        fails(ends=False)
    with pytest.raises(CliError, match="of its own"):
        fails(ends=True, error=CliError("of its own"))
