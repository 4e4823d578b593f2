"""The function that publishes a website, with requests as botocore makes them."""

import importlib.util
import io
import json
import os
import re
import zipfile
from types import SimpleNamespace
from typing import Any

import pytest
from stored import Store

from naws.portal_website._publisher import CODE
from naws.portal_website.plan_folder import NOT_PUBLISHED
from naws.portal_website.plan_names import matches
from naws.portal_website.plan_types import types_of

A, B, C = "a" * 12, "b" * 12, "c" * 12
PAGE = {"index.html": b"<p>", "about/index.html": b"about", "assets/app-1.js": b"1"}
FOREVER = {"content-type": "text/javascript; charset=utf-8", "cache-control": "public,max-age=31536000,immutable"}


class Function:
    """The function as it is deployed, with its answer to CloudFormation in the place of AWS."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.store, self.answers, self.seconds = Store(), list[dict[str, Any]](), 900
        self.before = dict[str, Any]()
        spec = importlib.util.spec_from_file_location("publisher_index", CODE)
        assert spec
        assert spec.loader
        self.module: Any = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(self.module)
        monkeypatch.setattr("boto3.client", self.store.client)
        monkeypatch.setattr("urllib.request.urlopen", self._answered)

    def _answered(self, request: Any, **_: Any) -> io.BytesIO:
        assert len(request.data) <= 4096
        self.answers.append(json.loads(request.data))
        return io.BytesIO()

    def archive(self, release: str, files: dict[str, bytes]) -> None:
        """Leave the files of a release where CDK does."""
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
            target.mkdir("about") if hasattr(target, "mkdir") else None
            for name, content in files.items():
                target.writestr(name, content)
        self.store.put("assets", f"{release}.zip", made.getvalue())

    def __call__(self, release: str, *, uploaded: str = "", kind: str = "Update", **more: Any) -> str:
        own = uploaded or release
        given = {"Bucket": "site", "ArchiveBucket": "assets", "ArchiveKey": f"{own}.zip", "Release": release}
        given |= {"Uploaded": own, "Immutable": ["assets/*"], "Unpublished": [*NOT_PUBLISHED], "Keep": "10"}
        given |= {"Types": {**types_of([".html", ".js", ".json"])}, "Empty": "false", **more}
        return self.ask(given, kind)

    def settle(self, kind: str = "Update", **given: Any) -> str:
        return self.ask({"Bucket": "site", **given}, kind, "Custom::NawsConfig")

    def updated(self, before: str, release: str, *, uploaded: str = "") -> str:
        """What is published when CloudFormation changes one release into another."""
        own = uploaded or release
        self.archive(own, {"index.html": own.encode()})
        self.before = {"OldResourceProperties": {"Release": before}} if before else {}
        try:
            return self(release, uploaded=own)
        finally:
            self.before = {}

    @property
    def line(self) -> list[str]:
        """The releases that were shown, one after the other."""
        return json.loads(self.store.site[".shown"].body)["line"]

    def ask(self, given: dict[str, Any], kind: str = "Update", resource: str = "Custom::NawsRelease") -> str:
        self.store.requests.clear()
        ids: dict[str, Any] = {
            "StackId": "s",
            "RequestId": "r",
            "LogicalResourceId": "l",
            "ResponseURL": "https://example.com/",
        }
        ids["ResourceType"] = resource
        ids |= self.before
        context = SimpleNamespace(get_remaining_time_in_millis=lambda: self.seconds * 1000)
        self.module.handler({"RequestType": kind, "ResourceProperties": given, **ids}, context)
        answer = self.answers[-1]
        assert answer["PhysicalResourceId"] == "site"
        return answer["Status"] + (f": {answer['Reason']}" if answer["Reason"] else "")

    def publish(self, release: str, files: dict[str, bytes] | None = None, **more: Any) -> None:
        self.archive(release, PAGE if files is None else files)
        assert self(release, **more) == "SUCCESS"

    @property
    def releases(self) -> list[str]:
        return sorted({each.partition("/")[0] for each in self.store.site if re.match("[0-9a-f]{12}/", each)})


@pytest.fixture
def function(monkeypatch: pytest.MonkeyPatch) -> Function:
    return Function(monkeypatch)


def test_files_are_in_their_release_or_outside_of_all(function: Function) -> None:
    nested = {"sub/_redirects": b"r", "assets/deep/b-2.js": b"2", "sub/assets/c.js": b"3", "assets/[id]-1.js": b"4"}
    function.publish(A, {**PAGE, **nested, "_redirects": b"", "_headers": b"", "LICENSE": b"l", "ü m.js": b"5"})
    own = {f"{A}/{each}" for each in ("index.html", "about/index.html", "sub/_redirects", "sub/assets/c.js")}
    outside = {"assets/app-1.js", "assets/deep/b-2.js", "assets/[id]-1.js"}
    assert function.store.site.keys() == own | outside | {f"{A}/LICENSE", f"{A}/ü m.js", f".releases/{A}", ".shown"}
    assert function.store.site["assets/app-1.js"].headers == FOREVER
    page = function.store.site[f"{A}/about/index.html"]
    assert (page.body, page.headers) == (
        b"about",
        {"content-type": "text/html; charset=utf-8", "cache-control": "no-cache"},
    )
    assert function.store.site[f"{A}/LICENSE"].headers["content-type"] == "application/octet-stream"


def test_the_page_for_what_is_not_there_is_of_no_release(function: Function) -> None:
    function.publish(A, NotFound="<h1>Not found</h1>")
    page = function.store.site[".404.html"]
    assert (page.body, page.headers["content-type"]) == (b"<h1>Not found</h1>", "text/html; charset=utf-8")
    function.publish(B)
    assert ".404.html" in function.store.site


@pytest.mark.parametrize("pattern", ["assets/*", "*.js", "a?sets/*.js", "assets/app.1*", "[a]*", "deep/*/x.js", "*s"])
def test_a_path_is_what_it_is_to_cloudfront(function: Function, pattern: str) -> None:
    names = [*PAGE, "assets/app.1.js", "[a]/x.js", "a/x.js", "deep/a/b/x.js", "assets/a\nb.js", "ASSETS/a.js"]
    function.publish(A, {name: name.encode() for name in names}, Immutable=[pattern])
    outside = {name for name in names if matches(f"/{pattern}", name)}
    assert outside
    assert {each for each in function.store.site if not each.startswith((f"{A}/", ".releases", ".shown"))} == outside


def test_what_is_there_is_not_uploaded_again(function: Function, capsys: pytest.CaptureFixture[str]) -> None:
    function.publish(A)
    assert function.store.written() == [f"{A}/about/index.html", f"{A}/index.html", "assets/app-1.js"]
    changed = {**PAGE, "index.html": b"<p>new", "assets/app-2.js": b"2"}
    function.publish(B, changed)
    assert function.store.written() == ["assets/app-2.js", f"{B}/index.html"]
    assert function.store.written("COPY") == [f"{B}/about/index.html"]
    copied = function.store.site[f"{B}/about/index.html"]
    assert (copied.body, copied.headers["cache-control"]) == (b"about", "no-cache")
    assert sorted(re.findall(r"'[a-z ]+': \d", capsys.readouterr().out.splitlines()[-1])) == [
        "'as it was': 1",
        "'copied': 1",
        "'uploaded': 2",
    ]


def test_what_has_another_content_is_replaced(function: Function) -> None:
    function.store.put("site", "assets/app-1.js", b"broken")
    function.publish(A)
    assert function.store.site["assets/app-1.js"].body == b"1"


def test_what_cannot_be_copied_is_uploaded(function: Function) -> None:
    function.publish(A)
    function.store.refused.add(f"COPY site/{B}/about/index.html")
    function.publish(B, {**PAGE, "index.html": b"<p>new"})
    assert f"{B}/about/index.html" in function.store.written()


def test_a_release_that_is_complete_is_not_read_again(function: Function) -> None:
    function.publish(A)
    function.publish(B, {**PAGE, "index.html": b"<p>new"})
    del function.store.buckets["assets"][f"{A}.zip"]
    assert function(A) == "SUCCESS"
    assert [each for each in function.store.requests if "assets/" in each or "PUT site/a" in each] == []


def test_a_release_whose_paths_changed_is_divided_anew(function: Function) -> None:
    function.publish(A)
    assert f"{A}/assets/app-1.js" not in function.store.site
    assert function(A, Immutable=[]) == "SUCCESS"
    assert function.store.written() == [f"{A}/assets/app-1.js"]
    assert function(A, Immutable=[]) == "SUCCESS"
    assert function.store.written("COPY") == function.store.written() == []


def test_a_bucket_that_was_emptied_is_filled_again_or_the_reason_is_clear(function: Function) -> None:
    function.publish(A)
    function.publish(B, {**PAGE, "index.html": b"<p>new"})
    function.store.site.clear()
    assert function(B) == "SUCCESS"
    assert function.store.written() == ["assets/app-1.js", f"{B}/about/index.html", f"{B}/index.html"]
    assert function(A, uploaded=B).startswith(f"FAILED: LookupError: release {A} has no files in site: they were")
    function.store.site.clear()
    function.store.buckets["assets"].clear()
    assert function(B).startswith(f"FAILED: LookupError: assets/{B}.zip cannot be read: An error occurred (404)")


def test_a_large_file_is_sent_as_it_is_read(function: Function) -> None:
    film = os.urandom(20_000_000)
    function.publish(A, {**PAGE, "film.mp4": film})
    assert function.store.site[f"{A}/film.mp4"].body == film
    assert function.store.largest_read <= 8 << 20
    function.publish(B, {**PAGE, "index.html": b"<p>new", "film.mp4": film})
    assert function.store.written() == [f"{B}/index.html"]


def test_the_newest_ten_are_kept_and_what_is_immutable_always_is(function: Function) -> None:
    every = [f"{number:012x}" for number in range(14)]
    for each in every:
        function.publish(each, {"index.html": each.encode(), f"assets/{each}.js": each.encode()})
    assert function.releases == every[4:]
    assert f"assets/{every[0]}.js" in function.store.site
    assert [each for each in function.store.site if each.startswith(".releases/")] == [
        f".releases/{e}" for e in every[4:]
    ]


def test_one_that_is_shown_again_is_new_again_and_stays_complete(function: Function) -> None:
    every = [f"{number:012x}" for number in range(10)]
    for each in every:
        function.publish(each, {"index.html": each.encode()})
    assert function(every[0], uploaded=every[9]) == "SUCCESS"
    function.publish(A)
    assert function.releases == sorted([every[0], *every[2:], A])
    del function.store.buckets["assets"][f"{every[0]}.zip"]
    assert function(every[0]) == "SUCCESS"


@pytest.mark.parametrize(
    ("updates", "line"),
    [
        ([("", A), (A, B), (B, C)], [A, B, C]),
        ([("", A), (A, B), (B, C), (C, B)], [A, B]),
        ([("", A), (A, B), (B, C), (C, A), (A, C)], [A, B, C]),
        ([("", A), (A, B), (B, A), (A, B)], [A, B]),
        ([("", A), (A, B), (B, A), (A, C)], [A, C]),
        ([("", A), (A, B), (B, B)], [A, B]),
        ([("", A), (A, B), (B, C), (B, B), (B, B)], [A, B]),
    ],
    ids=[
        "forward",
        "rolled back",
        "a way back is rolled back",
        "there and back",
        "another after a way back",
        "same",
        "properties of before",
    ],
)
def test_what_is_shown_is_the_end_of_a_line(
    function: Function, updates: list[tuple[str, str]], line: list[str]
) -> None:
    for before, release in updates:
        assert function.updated(before, release) == "SUCCESS"
    assert function.line == line


def test_an_upload_that_is_not_shown_is_not_in_the_line(function: Function) -> None:
    function.updated("", A)
    assert function.updated(A, A, uploaded=B) == "SUCCESS"
    assert function.line == [A]
    assert function.updated(A, C) == "SUCCESS"
    assert function.line == [A, C]


def test_what_was_shown_by_hand_is_before_the_next_one_also_when_that_is_rolled_back(function: Function) -> None:
    for before, release in (("", A), (A, B), (B, C)):
        function.updated(before, release)
    other = "d" * 12
    function.store.put("site", ".shown", json.dumps({"line": [A, B]}).encode())  # as `naws rollback` does
    assert function.updated(C, other) == "SUCCESS"
    assert function.line == [A, B, other]
    assert function.updated(other, C) == "SUCCESS"
    assert function.line == [A, B, C]


def test_marks_that_are_older_than_the_line_are_the_line(function: Function) -> None:
    for before, release in (("", A), (A, B)):
        function.updated(before, release)
    del function.store.site[".shown"]
    assert function.updated(B, B) == "SUCCESS"
    assert function.line == [A, B]
    del function.store.site[".shown"]
    assert function.updated(B, C) == "SUCCESS"
    assert function.line == [A, B, C]


def test_releases_that_failed_go_before_those_that_were_shown(function: Function) -> None:
    every = [f"{number:012x}" for number in range(9)]
    for before, release in zip(["", *every], every, strict=False):
        function.updated(before, release)
    for failed in (A, B, C):
        assert function.updated(every[-1], failed) == "SUCCESS"
        assert function.updated(failed, every[-1]) == "SUCCESS"
    assert function.releases == [*every, C]
    assert function.line == every


def test_one_that_came_by_another_way_is_shown_and_noted(function: Function) -> None:
    function.store.put("site", f"{C}/index.html")
    function.archive(A, PAGE)
    assert function(C, uploaded=A) == "SUCCESS"
    assert {f".releases/{A}", f".releases/{C}"} <= function.store.site.keys()


def test_removing_that_breaks_off_leaves_nothing_that_is_taken_for_complete(function: Function) -> None:
    for each in (A, B):
        function.publish(each, {**PAGE, "index.html": each.encode()})
    function.archive(C, {"index.html": b"c"})
    function.store.refused.add("POST site/")
    assert function(C, Keep="1").startswith("FAILED")
    function.store.refused.clear()
    for each in (B, A):
        assert function(each) == "SUCCESS"
        assert function.store.site[f"{each}/index.html"].body == each.encode()


def test_settings_are_outside_of_the_release(function: Function) -> None:
    function.publish(A)
    pairs = [{"Name": "stage", "Value": 'a "b" ü'}, {"Name": "signIn", "Value": {"clientId": "c"}}]
    assert function.settle(Uploaded=A, Config=pairs) == "SUCCESS"
    assert function.store.requests == ["PUT site/config.json"]
    settings = function.store.site["config.json"]
    assert json.loads(settings.body) == {"stage": 'a "b" ü', "signIn": {"clientId": "c"}}
    assert settings.headers == {"content-type": "application/json", "cache-control": "no-cache"}


def test_settings_that_are_taken_out_are_gone(function: Function) -> None:
    function.publish(A)
    assert function.settle(Uploaded=A, Config=[]) == "SUCCESS"
    assert function.settle("Delete", Uploaded=A, Config=[]) == "SUCCESS"
    assert function.store.requests == ["DELETE site/config.json"]
    assert f"{A}/index.html" in function.store.site
    assert function.settle("Delete", Uploaded=A, Config=[]) == "SUCCESS", "when they were never published"


def test_settings_of_the_folder_come_back_with_it(function: Function) -> None:
    paths = ["*.json", "assets/*"]
    for each in (A, B):
        function.publish(each, {**PAGE, "config.json": each.encode()}, Immutable=paths)
        assert function.settle(Uploaded=each) == "SUCCESS"
        assert function.store.site["config.json"].body == each.encode()
    function.store.buckets["assets"].clear()
    assert function(A, Immutable=paths) == function.settle(Uploaded=A) == "SUCCESS"
    settings = function.store.site["config.json"]
    assert (settings.body, settings.headers["cache-control"]) == (A.encode(), "no-cache")


def test_what_goes_needs_no_bucket(function: Function) -> None:
    del function.store.buckets["site"]
    assert function.settle("Delete", Uploaded=A, Config=[]) == "SUCCESS"
    assert function(A, kind="Delete", Empty="true") == "SUCCESS"


def test_a_website_that_goes_is_emptied_only_when_its_bucket_goes(function: Function) -> None:
    function.publish(A)
    assert function(A, kind="Delete") == "SUCCESS"
    assert function.store.site
    assert function(A, kind="Delete", Empty="true") == "SUCCESS"
    assert not function.store.site


def test_it_answers_before_its_time_is_up(function: Function) -> None:
    function.archive(A, PAGE)
    function.seconds = 59
    assert function(A).startswith("FAILED: TimeoutError: 15 minutes were not enough. What was uploaded stays")
    assert f".releases/{A}" not in function.store.site
    function.seconds = 900
    assert function(A) == "SUCCESS"


def test_a_failure_is_answered_with_its_reason(function: Function) -> None:
    function.archive(A, PAGE)
    function.store.refused.add(f"PUT site/{A}/index.html")
    assert "AccessDenied" in function(A)
    function.store.put("assets", f"{B}.zip", b"no zip")
    assert function(B).startswith("FAILED: BadZipFile")
    assert function("d" * 3000, uploaded=A).startswith("FAILED")
