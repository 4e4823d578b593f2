"""`naws rollback`: which release is shown, that it is kept, and what is printed of the next deployment."""

import io
import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from naws.cli import console
from naws.cli.errors import CliError
from naws.cli.operate import rollback as command
from naws.cli.operate import states
from naws.cli.operate.where import Asked
from naws.core.runs import Runs

START = datetime(2026, 1, 1, tzinfo=UTC)
CODE = 'const RELEASE = "{}";'


class MissingError(Exception): ...


class Site:
    """A bucket with marks an hour apart and the line of what was shown, and the function."""

    exceptions = SimpleNamespace(NoSuchKey=MissingError)

    def __init__(self, *releases: str) -> None:
        self.marks = {f".releases/{each}": START + timedelta(hours=hour) for hour, each in enumerate(releases, 1)}
        self.objects = {".shown": json.dumps({"line": releases, "last": {}}).encode()}
        self.live = CODE.format(releases[-1]).encode()

    def put_object(self, *, Key, Body, **_):  # noqa: N803  # AWS's names
        self.objects[Key] = Body

    def get_object(self, *, Key, **_):  # noqa: N803
        if Key not in self.objects:
            raise MissingError
        return {"Body": io.BytesIO(self.objects[Key])}

    def get_paginator(self, _name):
        contents = [{"Key": key, "LastModified": at} for key, at in self.marks.items()]
        return SimpleNamespace(paginate=lambda **_: [{"Contents": contents}])

    def get_function(self, **_):
        return {"FunctionCode": io.BytesIO(self.live)}

    def describe_function(self, **_):
        return {"ETag": "1", "FunctionSummary": {"FunctionConfig": {}}}

    def update_function(self, **given):
        self.live = given["FunctionCode"]

    def publish_function(self, **_): ...

    @property
    def shown(self) -> str:
        return self.live.decode().partition('"')[2].rpartition('"')[0]

    @property
    def line(self) -> list[str]:
        return json.loads(self.objects[".shown"])["line"]

    @line.setter
    def line(self, releases: list[str]) -> None:
        self.objects[".shown"] = json.dumps({"line": releases}).encode()


@pytest.fixture
def site(monkeypatch):
    """A website whose releases were deployed from the oldest to the newest."""
    made = Site("aaa", "bbb", "ccc")
    runs = Runs(pattern="portal-website", path="Shop/Site", kind="website", function="F", bucket="B")
    place = SimpleNamespace(client=lambda _: made)
    pattern = SimpleNamespace(place=place, runs=runs, resources={"F": "arn:f/site", "B": "b"}, data=dict)
    where = SimpleNamespace(title="here", data=dict)
    monkeypatch.setattr(command, "find_where", lambda *_: where)
    monkeypatch.setattr(command, "find_deployed", lambda *_: [pattern])
    return made


def ask(release=None, *, dry_run=False):
    options = Asked(aws=False, local=False, state_dir=None, assembly=None)
    return command.rollback("Shop/Site", release, options, only_list=False, dry_run=dry_run, agreed=True, show=True)[1]


def test_what_is_shown_is_the_end_of_the_line(site):
    ask("aaa")
    assert (site.shown, site.line) == ("aaa", ["aaa"])


def test_a_second_time_it_goes_further_back_and_no_further_than_the_first(site):
    assert [ask()["after"], ask()["after"]] == ["bbb", "aaa"]
    assert site.line == ["aaa"]
    with pytest.raises(CliError, match="No release was shown before aaa"):
        ask()
    ask("ccc")
    assert site.line == ["aaa", "ccc"]
    assert ask()["after"] == "aaa"


def test_what_was_never_shown_is_chosen_by_its_name_alone(site):
    site.marks[".releases/failed"] = START + timedelta(hours=4)
    found = ask(dry_run=True)
    assert found["after"] == "bbb"
    assert [(each["id"], each["inLine"]) for each in found["releases"]] == [
        ("ccc", True),
        ("bbb", True),
        ("aaa", True),
        ("failed", False),
    ]
    assert ask("failed")["after"] == "failed"
    assert ask()["after"] == "ccc"


def test_what_another_way_shows_is_after_the_whole_line(site):
    site.line = ["aaa", "bbb"]
    assert ask(dry_run=True)["after"] == "bbb"
    ask("aaa")
    assert site.line == ["aaa"]


def test_without_a_line_marks_are_one(site):
    del site.objects[".shown"]
    assert ask()["after"] == "bbb"
    assert site.line == ["aaa", "bbb"]


@pytest.mark.usefixtures("site")
def test_when_each_was_deployed_does_not_change():
    ask("bbb")
    used = [(each["id"], each["used"]) for each in ask("aaa", dry_run=True)["releases"]]
    assert used == [(name, f"2026-01-01T0{hour}:00:00Z") for name, hour in (("bbb", 2), ("aaa", 1), ("ccc", 3))]


def test_a_try_writes_nothing(site):
    ask("aaa", dry_run=True)
    assert (site.shown, site.line) == ("ccc", ["aaa", "bbb", "ccc"])


@pytest.mark.usefixtures("site")
def test_where_it_looks_is_not_of_the_result(capsys):
    ask("aaa", dry_run=True)
    assert "here" not in capsys.readouterr().out


@pytest.mark.usefixtures("site")
def test_what_is_printed_holds_of_a_deployment_that_changes_nothing(monkeypatch):
    lines = []
    monkeypatch.setattr(console, "line", lambda text, **_: lines.append(text))
    ask("bbb")
    printed = "\n".join(lines)
    assert 'release="bbb"' in printed
    assert "naws rollback Shop/Site ccc" in printed
    assert "one that changes nothing leaves bbb" in printed


def test_the_status_of_a_website_is_the_release_that_it_shows(site):
    pattern = command.find_deployed(None, [])[0]
    state = states.State(pattern)
    states._website(state)
    assert (state.facts, state.problems) == (["shows release ccc"], [])
    site.live = b"somebody else's"
    states._website(state)
    assert ["holds no release" in each for each in state.problems] == [True]
