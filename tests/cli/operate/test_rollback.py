"""`naws rollback`: which release is shown, that it is kept, and what is printed of the next deployment."""

import io
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from naws.cli import console
from naws.cli.operate import rollback as command
from naws.cli.operate.where import Asked
from naws.core.runs import Runs

START = datetime(2026, 1, 1, tzinfo=UTC)
CODE = 'const RELEASE = "{}";'


class Site:
    """A bucket with marks, of which each write is an hour later, and the function."""

    def __init__(self, *releases: str) -> None:
        self.hour, self.marks = 0, {}
        for each in releases:
            self.put_object(Bucket="b", Key=f".releases/{each}", Body=each)
        self.live = CODE.format(releases[-1]).encode()

    def put_object(self, *, Key, Body, **_):  # noqa: N803  # AWS's names
        self._write(Key, Body, {})

    def copy_object(self, *, Key, CopySource, MetadataDirective, Metadata, **_):  # noqa: N803
        assert (CopySource["Key"], MetadataDirective) == (Key, "REPLACE")  # else S3 refuses it
        self._write(Key, self.marks[Key][1], Metadata)

    def _write(self, key, body, metadata):
        self.hour += 1
        self.marks[key] = (START + timedelta(hours=self.hour), body, metadata)

    def head_object(self, *, Key, **_):  # noqa: N803
        return {"Metadata": self.marks[Key][2]}

    def get_paginator(self, _name):
        contents = [{"Key": key, "LastModified": at} for key, (at, _, _) in self.marks.items()]
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
    def kept(self) -> list[str]:
        """By the time of their marks, as the publisher counts ten: what was written last before the others."""
        return [
            key.rpartition("/")[2] for key, _ in sorted(self.marks.items(), key=lambda each: -each[1][0].timestamp())
        ]


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


def test_what_is_shown_is_kept_as_what_was_used_last(site):
    assert site.kept == ["ccc", "bbb", "aaa"]
    ask("aaa")
    assert site.shown == "aaa"
    assert site.kept == ["aaa", "ccc", "bbb"]
    assert site.marks[".releases/aaa"][1] == "aaa"  # what the publisher wrote into it


def test_a_second_time_it_goes_further_back(site):
    assert [ask()["after"], ask()["after"]] == ["bbb", "aaa"]
    assert site.kept == ["aaa", "bbb", "ccc"]
    ask("bbb")
    used = [each["used"] for each in ask("aaa")["releases"]]
    assert used == [f"2026-01-01T0{hour}:00:00Z" for hour in (3, 2, 1)]  # when they were deployed


def test_a_try_writes_nothing(site):
    ask("aaa", dry_run=True)
    assert (site.shown, site.kept) == ("ccc", ["ccc", "bbb", "aaa"])


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
