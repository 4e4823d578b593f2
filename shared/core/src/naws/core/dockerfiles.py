"""The instructions of a Dockerfile, and the ports that it exposes, as far as they are known without building it.

lines, with those that go on joined ──> instructions ──> stages, each on the one that it is made from ──> ports

Source: https://docs.docker.com/reference/dockerfile/
"""

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

_DIRECTIVE = re.compile(r"#\s*(\w+)\s*=\s*(\S+)\s*")
_INSTRUCTION = re.compile(r"\s*([A-Za-z]+)(?:\s+(.*))?", re.DOTALL)
_HEREDOC = re.compile(r"\d*<<(-?)([\"']?)([A-Za-z_]\w*)\2")
_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)(?:(:?[-+?])([^}]*))?\})")
_PORTS = re.compile(r"(\d+)(?:-(\d+))?(?:/(tcp|udp|sctp))?", re.IGNORECASE)
_HAS_HEREDOCS = frozenset({"RUN", "COPY", "ADD"})
_USUAL_SYNTAX = "docker/dockerfile"
Ports = tuple[range, ...]


def read_exposed(
    folder: Path, file: str = "Dockerfile", *, target: str | None = None, arguments: Mapping[str, str] | None = None
) -> Ports:
    """`exposed_ports` of a file; nothing of one that cannot be read."""
    try:
        text = (folder / file).read_text("utf-8")
    except (OSError, ValueError):
        return ()
    return exposed_ports(text, target=target, arguments=arguments)


def exposed_ports(text: str, *, target: str | None = None, arguments: Mapping[str, str] | None = None) -> Ports:
    """The TCP ports that an image exposes by its Dockerfile; none when one of them is not known.

    Args:
        text: the Dockerfile.
        target: the stage that is built, by its name or its number. Omitted: the last one.
        arguments: what the build is given for `ARG`. Omitted: nothing.
    """
    file = _Dockerfile(arguments or {})
    for name, rest in instructions(text):
        file.take(name, rest)
    stage = file.stage(target)
    if stage is None or not stage.known:
        return ()
    return tuple(stage.ports)


@dataclass
class _Stage:
    """An image on the way to the one that is built.

    Attributes:
        name: by which others are made from it; empty: it has none.
        ports: exposed by it, and by what it is made from.
        environment, arguments: its variables; None: not known.
        known: whether all its ports are.
        triggers: whether more ports are exposed by what is made from it.
    """

    name: str
    ports: list[range] = field(default_factory=list[range])
    environment: dict[str, str | None] = field(default_factory=dict[str, str | None])
    arguments: dict[str, str | None] = field(default_factory=dict[str, str | None])
    known: bool = True
    triggers: bool = False

    def expanded(self, text: str) -> str | None:
        return _expanded(text, {**self.arguments, **self.environment})

    def expose(self, rest: str) -> None:
        text = self.expanded(rest)
        for word in _words(text or "") or ("",):
            found = _PORTS.fullmatch(word)
            if found is None:
                self.known = False
            elif (found[3] or "tcp").lower() == "tcp":
                self.ports.append(range(int(found[1]), int(found[2] or found[1]) + 1))


class _Dockerfile:
    """The stages of a Dockerfile, instruction by instruction."""

    def __init__(self, arguments: Mapping[str, str]) -> None:
        self._given = arguments
        self._before: dict[str, str | None] = {}
        self._stages: list[_Stage] = []

    def stage(self, target: str | None) -> _Stage | None:
        """The stage that is built; None when there is no such."""
        if target is None:
            return self._stages[-1] if self._stages else None
        if target.isdecimal():
            return self._stages[int(target)] if int(target) < len(self._stages) else None
        return self._named(target)

    def take(self, name: str, rest: str) -> None:
        """Follow an instruction."""
        if name == "FROM":
            self._stages.append(self._begun(rest))
        elif name == "ARG":
            self._argue(rest)
        elif self._stages:
            self._follow(self._stages[-1], name, rest)

    def _follow(self, stage: _Stage, name: str, rest: str) -> None:
        if name == "EXPOSE":
            stage.expose(rest)
        elif name == "ENV":
            first, _, value = rest.partition(" ")
            pairs = [(first, value.strip())] if "=" not in first else [_pair(word) for word in _words(rest)]
            # Each value is as the line found it: `ENV A=1 B=$A` has the A of before.
            stage.environment |= {key: None if value is None else stage.expanded(value) for key, value in pairs}
        elif name == "ONBUILD":
            stage.triggers |= rest.upper().startswith("EXPOSE")

    def _begun(self, rest: str) -> _Stage:
        words = [word for word in rest.split() if not word.startswith("--")]
        image, name = words[0] if words else "", words[2] if len(words) > 2 else ""  # noqa: PLR2004  # image AS name
        base = self._named(_expanded(image, self._before) or "")
        if base is None:
            return _Stage(name.lower(), known=bool(words))
        return _Stage(
            name.lower(),
            ports=[*base.ports],
            environment={**base.environment},
            arguments={**base.arguments},
            known=base.known and not base.triggers,
        )

    def _argue(self, rest: str) -> None:
        """`ARG`: what the build is given, else the default; without one that of before the first stage."""
        scope = self._stages[-1].arguments if self._stages else self._before
        for word in _words(rest):
            key, default = _pair(word)
            if key in self._given:
                scope[key] = self._given[key]
            elif default is not None:
                known = {**scope, **(self._stages[-1].environment if self._stages else {})}
                scope[key] = _expanded(default, known)
            else:
                scope[key] = self._before.get(key)

    def _named(self, name: str) -> _Stage | None:
        wanted = name.lower()
        return next((each for each in reversed(self._stages) if wanted and each.name == wanted), None)


def instructions(text: str) -> Iterator[tuple[str, str]]:
    """The instructions in capital letters, and what follows each; none of a syntax that is not Docker's own."""
    lines = iter(text.removeprefix("\ufeff").splitlines())
    escape, begun = "\\", ""
    directives = True
    for line in lines:
        directive = _DIRECTIVE.fullmatch(line) if directives else None
        directives = directive is not None
        if directive is not None:
            key, value = directive[1].lower(), directive[2]
            if key == "syntax" and _USUAL_SYNTAX not in value:
                return
            escape = value if key == "escape" else escape
        if line.lstrip().startswith("#") or (begun and not line.strip()):
            continue
        begun += line
        if begun.rstrip().endswith(escape):
            begun = begun.rstrip()[: -len(escape)] + " "
            continue
        found, begun = _INSTRUCTION.fullmatch(begun), ""
        if found is not None:
            name, rest = found[1].upper(), (found[2] or "").strip()
            yield name, rest
            _skip_heredocs(name, rest, lines)


def _skip_heredocs(name: str, rest: str, lines: Iterator[str]) -> None:
    found = map(_HEREDOC.fullmatch, rest.split()) if name in _HAS_HEREDOCS else ()
    for each in (one for one in found if one is not None):
        for line in lines:
            if (line.lstrip("\t") if each[1] else line) == each[3]:
                break


def _words(text: str) -> list[str]:
    """Words without their quotes; none of a text whose quotes do not match."""
    try:
        return shlex.split(text)
    except ValueError:
        return []


def _pair(word: str) -> tuple[str, str | None]:
    key, is_given, value = word.partition("=")
    return key, value if is_given else None


def _expanded(text: str, known: Mapping[str, str | None]) -> str | None:
    """A text with its variables filled in; None when one is not known."""
    parts: list[str] = []
    end = 0
    for found in _VARIABLE.finditer(text):
        value = known.get(found[1] or found[2])
        if found[3] in {"-", ":-"}:
            value = value or found[4]
        elif found[3] is not None:
            value = None  # what needs a variable, or stands in for one, is left alone
        if value is None:
            return None
        parts += [text[end : found.start()], value]
        end = found.end()
    return "".join((*parts, text[end:]))
