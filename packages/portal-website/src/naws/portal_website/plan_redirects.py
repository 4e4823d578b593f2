"""Redirects: those of a file `_redirects`, as Cloudflare Pages and Netlify have it, and those that are given. Pure.

    /old         /new                     # 302 without a status
    /blog/*      /news/:splat        301
    /shop/:item  /products?id=:item  308

A path without variables comes first, then the first one with variables that matches; both before a file of that path.
What shows another file, with status 200, gives way to a file that is there; with 200! it does not.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import unquote

REDIRECTS = "_redirects"
MOST_PASSED = 3_000
"""Characters of addresses that the function at the edge knows beside all else."""
DEFAULT_STATUS, GIVEN_STATUS = 302, 301
"""Of a line without a status, and of what `redirects` gives."""
STATUSES = (301, 302, 303, 307, 308)
REWRITE = 200
"""The status of a line that shows another file under the same address."""
SPLAT = "splat"
_STATUS = re.compile(r"(\d{3})!?")
_PLACEHOLDER = re.compile(r":([A-Za-z]\w*)")
_ELSEWHERE = re.compile(r"https?://", re.IGNORECASE)
_AUTHORITY = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?//(?P<host>[^/?#]*)", re.IGNORECASE)
_MOST_STEPS = 20


@dataclass(frozen=True, kw_only=True)
class Redirect:
    """A redirect.

    Attributes:
        path: where it is given: `source["_redirects"]:3`, or `redirects["/old"]`.
        source: the path that is redirected; `*` is anything, `:name` a part of a path.
        target: where to; `:splat` is what `*` is, `:name` that part. Empty: the line has none.
        status: of the answer; 200 shows the target under the same address. 0: the line has what is no status.
        conditions: what else the line has, such as `Country=de`.
        written: the line.
        forced: whether it counts where there is a file, too: its status has a `!`.
        has_status: whether the line has one.
    """

    path: str
    source: str
    target: str
    status: int = GIVEN_STATUS
    conditions: tuple[str, ...] = ()
    written: str = ""
    forced: bool = False
    has_status: bool = True

    @property
    def is_whole(self) -> bool:
        """Whether it can be followed, as far as one line shows."""
        return bool(self.source.startswith("/") and self.target and self.status and not self.conditions)

    @property
    def is_local(self) -> bool:
        """Whether it leads to an address of the site."""
        return self.target.startswith("/") and not self.target.startswith("//")

    @property
    def leads_elsewhere(self) -> bool:
        """Whether it leads to a host that it names."""
        return _ELSEWHERE.match(self.target) is not None

    @property
    def host(self) -> str:
        """That host, with its placeholders."""
        found = _AUTHORITY.match(self.target)
        return found["host"] if found else ""

    @property
    def is_fallback(self) -> bool:
        """Whether it is what a site of `kind="spa"` does anyway: `/* /index.html 200`."""
        return self.status == REWRITE and self.source in ("/*", "*") and self.target in ("/", "/index.html")

    @property
    def gives_way(self) -> bool:
        """Whether it shows something else only where no file is. Source: Netlify, Rewrites and proxies, shadowing."""
        return self.status == REWRITE and not self.forced

    @property
    def names(self) -> tuple[str, ...]:
        """The placeholders that its source fills, `splat` among them."""
        return (*_PLACEHOLDER.findall(self.source), *(SPLAT for _ in range(self.source.count("*"))))

    @property
    def used(self) -> tuple[str, ...]:
        """The placeholders that its target has."""
        return tuple(_PLACEHOLDER.findall(self.target))

    @property
    def is_dynamic(self) -> bool:
        """Whether its source stands for several paths."""
        return bool(self.names)

    @cached_property
    def expression(self) -> re.Pattern[str]:
        """What its source matches; a group for each placeholder. `/blog/*` is `/blog`, too, and `/old` is `/old/`."""
        parts = re.split(r"(\*|:[A-Za-z]\w*)", self.source)
        text = "".join("(.*)" if each == "*" else _group(each) for each in parts)
        if text.endswith("/(.*)"):
            return re.compile(f"{text.removesuffix('/(.*)')}(?:/(.*))?")
        return re.compile(text if self.is_dynamic or text.endswith("/") else f"{text}/?")

    def follow(self, path: str) -> str | None:
        """Where a path is led to. None: it does not match."""
        found = self.expression.fullmatch(path)
        if found is None:
            return None
        filled = dict(zip(self._order, found.groups(""), strict=True))
        return _PLACEHOLDER.sub(lambda each: filled.get(each[1], each[0]), self.target)

    @property
    def sample(self) -> str:
        """A path that its source matches."""
        return _PLACEHOLDER.sub("a", self.source.replace("*", "a"))

    @property
    def _order(self) -> list[str]:
        return [SPLAT if each == "*" else each[1:] for each in re.findall(r"\*|:[A-Za-z]\w*", self.source)]


def read_redirects(text: str) -> tuple[Redirect, ...]:
    """The redirects of a file `_redirects`, wrong ones too; comments and empty lines are none."""
    return tuple(_lines(text))


def given_redirects(given: Mapping[str, str]) -> tuple[Redirect, ...]:
    """Those that the field `redirects` gives."""
    return tuple(
        Redirect(path=f'redirects["{source}"]', source=source, target=target) for source, target in given.items()
    )


def followed(redirects: Sequence[Redirect], path: str) -> Iterator[Redirect]:
    """The redirects that a browser follows from a path on, one after the other; without an end at most twenty."""
    for _ in range(_MOST_STEPS):
        found = first_of(redirects, path)
        if found is None or found.status == REWRITE:
            return
        yield found
        if not found.is_local:
            return
        path = re.split(r"[?#]", found.follow(path) or "")[0]


def first_of(redirects: Sequence[Redirect], path: str) -> Redirect | None:
    """The redirect that a path is led by: the one of that path, else the first with variables that matches."""
    matching = [each for each in redirects if each.is_whole and each.expression.fullmatch(path)]
    return next((each for each in matching if not each.is_dynamic), next(iter(matching), None))


def file_of(path: str, names: Collection[str], kind: str) -> str:
    """The file that is shown under a path; empty when there is none."""
    plain = unquote(path).strip("/")
    tried = (plain, f"{plain}.html", f"{plain}/index.html".lstrip("/")) if kind == "pages" or not plain else (plain,)
    return next((each for each in tried if each in names), "")


def passed_pages(redirects: Iterable[Redirect], names: Iterable[str]) -> Sequence[str]:
    """The addresses of pages in whose place something would be shown that gives way; none when they are too many."""
    wide = [each for each in redirects if each.is_whole and each.is_dynamic and each.gives_way and not each.used]
    addresses = {address_of(name) for name in names if name.endswith(".html")}
    found = sorted(each for each in addresses if any(redirect.expression.fullmatch(each) for redirect in wide))
    return found if sum(map(len, found)) <= MOST_PASSED else ()


def address_of(name: str) -> str:
    """The address of a page, without a slash at its end: of `about/index.html` and of `about.html`, `/about`."""
    stem = "/" + name.removesuffix(".html")
    return stem.removesuffix("/index") or "/" if stem.endswith("/index") else stem


def _lines(text: str) -> Iterator[Redirect]:
    for number, line in enumerate(text.splitlines(), start=1):
        words = re.split(r"(?:^|\s)#", line, maxsplit=1)[0].split()
        if words:
            yield _redirect(f'source["{REDIRECTS}"]:{number}', words)


def _redirect(path: str, words: Sequence[str]) -> Redirect:
    source, *rest = words
    # Netlify has what a query must be before the target.
    at = next((number for number, word in enumerate(rest) if word.startswith("/") or "://" in word), 0)
    target = rest[at] if rest else ""
    after = rest[at + 1 :]
    status, forced = DEFAULT_STATUS, False
    has_status = bool(after) and "=" not in after[0]
    if has_status:
        found = _STATUS.fullmatch(after[0])
        status, forced, after = int(found[1]) if found else 0, after[0].endswith("!"), after[1:]
    return Redirect(
        path=path,
        source=source,
        target=target,
        status=status,
        conditions=(*rest[:at], *after),
        written=" ".join(words),
        forced=forced,
        has_status=has_status,
    )


def _group(part: str) -> str:
    return "([^/]+)" if _PLACEHOLDER.fullmatch(part) else re.escape(part)
