"""`naws rollback`: show an older release of a website at once, without a deployment."""

import json
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from naws.cli import console
from naws.cli.accounts import asked
from naws.cli.errors import NOT_FOUND, REFUSED, CliError
from naws.cli.operate.agreeing import agree
from naws.cli.operate.deployed import Deployed, find_deployed
from naws.cli.operate.times import clock, utc
from naws.cli.operate.where import Asked, find_where
from naws.core.spelling import nearest

PERMISSIONS = (
    "It takes cloudformation:DescribeStacks, ListStackResources and GetTemplate, s3:ListBucket, GetObject "
    "and PutObject of the site's bucket, cloudfront:GetFunction, DescribeFunction, UpdateFunction and PublishFunction."
)
RELEASE = re.compile(r'(?<=const RELEASE = ")[^"]+(?=";)')
"""The id in the function at the edge."""
_MARKS, _SHOWN = ".releases/", ".shown"
"""As the publisher has them: a mark of each release that is there, and those that were shown, one after the other."""


@dataclass(frozen=True)
class Release:
    """A release whose files are there.

    Attributes:
        id: Its id.
        used: When it was deployed last.
        in_line: Whether it was shown, and nobody went back from it since.
    """

    id: str
    used: datetime
    in_line: bool


class Website:
    """A deployed website: the function that holds the id of its release, and the releases in its bucket.

    Args:
        pattern: As it is deployed.
    """

    def __init__(self, pattern: Deployed) -> None:
        self.pattern = pattern
        self._edge, self._files = pattern.place.client("cloudfront"), pattern.place.client("s3")
        # A function's physical id is its ARN, whose end is its name.
        self._function = pattern.resources[str(pattern.runs.function)].rpartition("/")[2]
        self._bucket = pattern.resources[str(pattern.runs.bucket)]

    def releases(self) -> list[Release]:
        """Those that are kept: from the one that was shown last to the first, and then what is not in this line."""
        pages = self._files.get_paginator("list_objects_v2")
        found = [one for page in pages.paginate(Bucket=self._bucket, Prefix=_MARKS) for one in page.get("Contents", [])]
        marks = {one["Key"].removeprefix(_MARKS): one["LastModified"] for one in found}
        newest = sorted(marks, key=lambda each: (marks[each], each), reverse=True)
        line = self._line(newest)
        ordered = dict.fromkeys([*(each for each in reversed(line) if each in marks), *newest])
        return [Release(each, marks[each], each in line) for each in ordered]

    def _line(self, newest: Sequence[str]) -> list[str]:
        """What was shown, one after the other, as far as it is known."""
        try:
            found = self._files.get_object(Bucket=self._bucket, Key=_SHOWN)
        except self._files.exceptions.NoSuchKey:
            return [*reversed(newest)]
        return json.loads(found["Body"].read())["line"]

    def shown(self) -> str:
        """The id of the release that visitors get.

        Raises:
            CliError: The function is not of this pattern.
        """
        return self._release_in(self._edge.get_function(Name=self._function, Stage="LIVE")["FunctionCode"].read())

    def show(self, release: str, line: Sequence[str]) -> None:
        """Publish the function with another id: what it was has to be its last version, or somebody else changes it.

        That it is shown is written down before: of the ten that the next deployment keeps it is one, since visitors
        get it until that deployment's last step.

        Args:
            release: Its id.
            line: What was shown before it, the last one at the end.

        Raises:
            CliError: The function is not of this pattern.
        """
        found = self._edge.get_function(Name=self._function, Stage="LIVE")
        code = found["FunctionCode"].read()
        self._release_in(code)
        body = json.dumps({"line": [*line, release]}).encode()
        self._files.put_object(Bucket=self._bucket, Key=_SHOWN, Body=body)
        described = self._described()
        self._edge.update_function(
            Name=self._function,
            IfMatch=described["ETag"],
            FunctionConfig=described["FunctionSummary"]["FunctionConfig"],
            FunctionCode=RELEASE.sub(release, code.decode()).encode(),
        )
        # The answer's own header is called ETtag in AWS's model, and ETag in its reference.
        self._edge.publish_function(Name=self._function, IfMatch=self._described()["ETag"])

    def _described(self) -> Any:
        return self._edge.describe_function(Name=self._function, Stage="DEVELOPMENT")

    def _release_in(self, code: bytes) -> str:
        found = RELEASE.search(code.decode())
        if found is None:
            raise CliError(
                f"The function {self._function} holds no release: it was changed by hand, or is another's.",
                code=REFUSED,
            )
        return found[0]


def rollback(  # noqa: PLR0913  # each is an option of the command
    name: str, release: str | None, options: Asked, *, only_list: bool, dry_run: bool, agreed: bool, show: bool
) -> tuple[int, Any]:
    """Show another release of one website.

    Args:
        name: As for `find_deployed`.
        release: Its id, or the beginning. None: the one that was shown before the one that is shown.
        options: Where it is looked for.
        only_list: Only list the releases.
        dry_run: Only say what would be done.
        agreed: Do not ask.
        show: Print what was done.

    Returns:
        The exit code 0, and what was done.

    Raises:
        CliError: There is no such website or release, or AWS cannot be asked.
    """
    where = find_where(options, Path.cwd())
    if show:
        console.aside(where.title)
    with asked(PERMISSIONS):
        website = Website(_website(find_deployed(where, [name]), name))
        releases, before = website.releases(), website.shown()
        document = {
            "where": where.data(),
            **website.pattern.data(),
            "before": before,
            "releases": [{"id": each.id, "used": utc(each.used), "inLine": each.in_line} for each in releases],
        }
        if only_list:
            if show:
                _show_releases(website, releases, before)
            return 0, {**document, "after": before, "changed": False}
        chosen = _chosen(releases, before, release, name)
        if not dry_run and chosen.id != before:
            if not (agreed or release):  # whoever names one has agreed
                agree(f"show release {chosen.id} instead of {before}", "Nothing was changed.")
            line = [*_earlier(before, releases), before]
            website.show(chosen.id, line[: line.index(chosen.id)] if chosen.id in line else line)
        if show:
            _show_done(website, chosen, before, dry_run=dry_run)
        return 0, {**document, "after": chosen.id, "changed": chosen.id != before and not dry_run}


def _website(found: Sequence[Deployed], name: str) -> Deployed:
    websites = [each for each in found if each.runs.kind == "website"]
    if len(websites) > 1:
        paths = ", ".join(each.runs.path for each in websites)
        raise CliError(f"{name} has several websites.", f"Name one of {paths}.", code=2)
    if not websites:
        raise CliError(f"{name} is no website: only those have releases.", code=NOT_FOUND)
    return websites[0]


def _earlier(release: str, releases: Sequence[Release]) -> list[str]:
    """What was shown before a release, the last one at the end: all of the line where it is not in it."""
    line = [each.id for each in reversed(releases) if each.in_line]
    return line[: line.index(release)] if release in line else line


def _chosen(releases: Sequence[Release], before: str, wanted: str | None, name: str) -> Release:
    """The release that is asked for."""
    listing = f"naws rollback {shlex.quote(name)} --list shows those that are kept."
    if wanted is None:
        older = _earlier(before, releases)
        if not older:
            raise CliError(f"No release was shown before {before}, which is shown.", listing, code=NOT_FOUND)
        return next(each for each in releases if each.id == older[-1])
    found = [each for each in releases if each.id == wanted] or [
        each for each in releases if each.id.startswith(wanted)
    ]
    if len(found) == 1:
        return found[0]
    if found:
        raise CliError(f"{wanted} begins several releases.", ", ".join(each.id for each in found), code=2)
    close = nearest(wanted, [each.id for each in releases])
    detail = f"Did you mean {close}? {listing}" if close else listing
    raise CliError(f"There is no release {wanted}: its files are not in the bucket.", detail, code=NOT_FOUND)


def _show_releases(website: Website, releases: Sequence[Release], before: str) -> None:
    console.line(f"{website.pattern.runs.path}  {len(releases)} releases, the one shown last first", style="bold")
    for each in releases:
        out = "" if each.in_line else "  never shown, or gone back from"
        console.line(f"  {each.id}  {clock(each.used)}{'  shown now' if each.id == before else out}")


def _show_done(website: Website, chosen: Release, before: str, *, dry_run: bool) -> None:
    path = website.pattern.runs.path
    if chosen.id == before:
        console.line(f"{path} shows {before} already.", style="bold")
        return
    verb = "would show" if dry_run else "shows"
    console.line(
        f"{path} {verb} release {chosen.id}, deployed last {clock(chosen.used)}, instead of {before}.", style="bold"
    )
    console.line("  CloudFront takes it to its edges; open tabs keep what they have until they are reloaded.")
    pin = f'release="{chosen.id}"'
    console.line(f"  A deployment of another release shows that one. What makes this one last: {pin} in its props.")
    back = f"naws rollback {shlex.quote(path)} {before}"
    console.line(f"  For AWS the stack is as it was: one that changes nothing leaves {chosen.id}. Back again: {back}")
