"""Which files of a folder are named by their content: by the form of a name, and by those beside it. Pure."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import PurePosixPath

_FEWEST, _SHORTEST, _LONG = 6, 8, 20
"""Characters of a hash at least, of most tools' hashes, and of what has so many that it may have separators."""
_BUILD = re.compile(r"_next/static/([A-Za-z0-9_-]{21})/")
"""Next.js names a build by as many characters of chance."""
_SEPARATOR = re.compile(r"[-_~]")
_LETTERS = re.compile(r"[A-Za-z0-9_-]+")
_HEX = re.compile(r"[0-9a-f]{6,}|[0-9A-F]{6,}")
_CHANGE = re.compile(r"(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])")
_CAMEL = re.compile(r"[A-Z]?[a-z]+(_?[A-Z][a-z]+)*\d?")
_MEASURE = re.compile(r"\d+x\d+|v?\d{1,15}|[a-z]+\d{1,4}|\d{1,4}[a-z]+", re.IGNORECASE)
"""`192x192`, `20240115`, `screenshot2024`: digits that count something."""
_WORD = re.compile(r"[A-Z]?[a-z]+|\d{1,4}|")
_FOR_A_WORD = 10
"""Hashes beside a word, for each such word, that make it one of them: of 300 hashes one has letters alone."""

Span = tuple[int, int]
"""Where in a path a hash begins and ends."""
_Place = tuple[str, Span]


@dataclass
class _Form:
    """Hashes of one length at one kind of place in the names of a folder.

    Attributes:
        sure: what is one by its own form, with the ending of its file.
        others: what may be one, with the ending of its file.
    """

    sure: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    others: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def takes(self) -> Callable[[str, str], bool]:
        """Whether something of this form, of a file with an ending, is a hash because most beside it are."""
        is_hex = all(_HEX.fullmatch(text) for text, _ in self.sure)
        others = [(text, ending) for text, ending in self.others if not is_hex or _HEX.fullmatch(text)]
        if len(self.sure) < len(others):
            return lambda _text, _ending: False
        words = [ending for text, ending in others if _is_word(text)]
        endings = [ending for _, ending in self.sure]

        def is_taken(text: str, ending: str) -> bool:
            if is_hex:
                return _HEX.fullmatch(text) is not None
            if text.isdigit():
                return False
            return not _is_word(text) or endings.count(ending) >= _FOR_A_WORD * words.count(ending)

        return is_taken


def hashes_of(names: Iterable[str], scope_of: Callable[[str], str]) -> Mapping[str, Span]:
    """The files whose names have a hash of their content, each with where it is.

    `index-B3k9dx1y.js` has one by its form. Some hashes look like a word or a number: they are one where most names
    of their folder have a hash of that length at that place.

    Args:
        names: paths in the folder of the website. A folder named by a hash counts for what is in it.
        scope_of: the folder whose names are judged together with a name.
    """
    places = {name: list(_places(name)) for name in names}
    found = {name: span for name, each in places.items() if (span := _alone(name, each)) is not None}
    forms: dict[tuple[str, str, int], _Form] = defaultdict(_Form)
    for name, each in places.items():
        _count(forms, name, each, scope_of(name), is_sure=name in found)
    takes = {key: form.takes() for key, form in forms.items() if form.sure and form.others}
    for name in places.keys() - found.keys():
        ending, scope = PurePosixPath(name).suffix.lower(), scope_of(name)
        for kind, (begin, end) in places[name]:
            taken = takes.get((scope, kind, end - begin))
            if taken is not None and taken(name[begin:end], ending):
                found[name] = (begin, end)
                break
    return found


def _count(
    forms: Mapping[tuple[str, str, int], _Form], name: str, places: Sequence[_Place], scope: str, *, is_sure: bool
) -> None:
    ending = PurePosixPath(name).suffix.lower()
    for kind, (begin, end) in places:
        text = name[begin:end]
        if end - begin < _SHORTEST or not _LETTERS.fullmatch(text):
            continue
        if _is_hash(text):
            forms[scope, kind, len(text)].sure.append((text, ending))
        elif not is_sure:
            forms[scope, kind, len(text)].others.append((text, ending))


def _alone(name: str, places: Sequence[_Place]) -> Span | None:
    """Where a name has a hash by its own form."""
    build = _BUILD.match(name)
    if build is not None:
        return build.span(1)
    begin = 0
    for part in name.split("/")[:-1]:
        if len(part) >= _LONG and _is_hash(part):
            return begin, begin + len(part)
        begin += len(part) + 1
    return next((span for kind, span in places if kind != "begin" and _is_hash(name[slice(*span)])), None)


def _places(name: str) -> Iterator[_Place]:
    """Where a hash may be in `a-b_c.d.js`: in what dots part, all of it, or what separators part from the rest."""
    begin = name.rfind("/") + 1
    stems = name[begin:].split(".")
    for stem in stems[:-1] or stems:
        if len(stem) >= _FEWEST:
            for kind, (first, last) in _places_in(stem):
                if last - first >= _FEWEST:
                    yield kind, (begin + first, begin + last)
        begin += len(stem) + 1


def _places_in(stem: str) -> Sequence[_Place]:
    cuts, size = [found.start() for found in _SEPARATOR.finditer(stem)], len(stem)
    return [
        ("whole", (0, size)),
        *(("end", (cut + 1, size)) for cut in cuts),
        *(("begin", (0, cut)) for cut in cuts),
        *(("part", (first + 1, last)) for first, last in zip([-1, *cuts], [*cuts, size], strict=True) if cuts),
    ]


def _is_word(text: str) -> bool:
    return all(_WORD.fullmatch(each) for each in _SEPARATOR.split(text))


@lru_cache(maxsize=65_536)
def _is_hash(text: str) -> bool:
    if not _LETTERS.fullmatch(text) or _MEASURE.fullmatch(text):
        return False
    if _HEX.fullmatch(text) and re.search(r"\d", text):
        return True
    parts = _SEPARATOR.split(text)
    has_both = re.search("[a-z]", text) and re.search("[A-Z]", text)
    if len(text) < _SHORTEST or all(_CAMEL.fullmatch(part) or _MEASURE.fullmatch(part) for part in parts if part):
        return False
    if len(parts) > 1:
        return bool(has_both) and (len(text) >= _LONG or (len(text) == _SHORTEST and bool(re.search(r"\d", text))))
    return len(_CHANGE.findall(text)) > 1 or bool(has_both)
