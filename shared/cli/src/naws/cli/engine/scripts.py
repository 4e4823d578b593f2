"""What a `dev_command` runs: the script or the module that a known program is given.

Only what is certain counts. An option that is not known here may take what comes after it, and ends the reading.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

SUFFIXES = (".py", ".sh", ".js", ".mjs", ".cjs", ".ts", ".rb", ".jar")
_ASSIGNED = re.compile(r"[A-Za-z_]\w*=")
_ELSEWHERE = re.compile(r"(PYTHON\w+|PATH|VIRTUAL_ENV)=")
"""Variables by which modules come from elsewhere."""


_KINDS = ("flags", "valued", "ends", "script", "module")
_End = Literal["", "script", "module", "unknown"]


class Named(NamedTuple):
    """What a command runs.

    Attributes:
        kind: A file, or a module of Python.
        at: Its place in the command.
        own: The program is the one on the path, with its own modules; not what another tool or a variable makes of it.
        beside: It is another tool's, whose modules are looked for in the folder first, as those of the one on the path.
    """

    kind: Literal["script", "module"]
    at: int
    own: bool
    beside: bool = False


@dataclass(frozen=True, kw_only=True)
class _Program:
    """How a program reads its arguments.

    Attributes:
        flags: Options without a value; a letter for each short one.
        valued: Options with one, by the same forms.
        ends: Options that give it its program text.
        script: Options whose value is the script.
        module: Options whose value is a module.
        runs: Whether what follows is a command of its own, and not a script.
        word: What comes before everything else.
        before: How many other arguments come before that command.
        own: Whether programs below it are those on the path.
    """

    flags: str = ""
    valued: str = ""
    ends: str = ""
    script: str = ""
    module: str = ""
    runs: bool = False
    word: str = ""
    before: int = 0
    own: bool = True


_PYTHON = _Program(flags="-b -B -d -E -i -I -O -P -q -s -S -u -v -x", valued="-X -W --check-hash-based-pycs",
                   ends="-c", module="-m")  # fmt: skip
_SHELL = _Program(flags="-a -b -e -f -h -i -l -m -n -p -u -v -x -C -E --login --norc --noprofile --posix",
                  valued="-o -O --rcfile --init-file", ends="-c -s")  # fmt: skip
_RUN = _Program(runs=True, word="run", own=False)
_PLAIN = _Program(runs=True)
_CHANGING = {"python": re.compile(r"-\w*[IPES]\w*"), "env": re.compile(r"-.*")}
"""Options by which modules come from elsewhere."""
_UV = _Program(
    runs=True,
    word="run",
    own=False,
    script="-s --script",
    module="-m --module",
    flags="--frozen --locked --no-sync --no-dev --dev --only-dev --all-extras --all-groups --all-packages --isolated "
    "-q --quiet -v --verbose --offline --no-project --active --exact --no-env-file --refresh -n --no-cache --no-config "
    "--no-progress --no-editable --inexact --reinstall -U --upgrade --managed-python --no-managed-python",
    valued="--with --with-editable --with-requirements -w --extra --no-extra --group --no-group --only-group -p "
    "--python --project --package --env-file -f --find-links "
    "--config-file --cache-dir --color --link-mode --resolution --prerelease",
)
_PROGRAMS = {
    "sh": _SHELL, "bash": _SHELL, "dash": _SHELL, "ksh": _SHELL, "zsh": _SHELL,
    "node": _Program(flags="--enable-source-maps --no-warnings --no-deprecation --trace-warnings --watch --inspect "
                     "--inspect-brk --experimental-strip-types --preserve-symlinks --expose-gc",
                     valued="-r --require --import --loader --experimental-loader -C --conditions",
                     ends="-e --eval -p --print"),
    "tsx": _Program(), "ts-node": _Program(), "bun": _Program(),
    "ruby": _Program(flags="-w -v -W", valued="-r -I", ends="-e"),
    "java": _Program(valued="-X -D -cp -classpath --class-path -p --module-path", script="-jar"),
    "env": _Program(runs=True, flags="-i --ignore-environment", valued="-u --unset"),
    "nohup": _PLAIN, "time": _PLAIN, "ddtrace-run": _PLAIN, "opentelemetry-instrument": _PLAIN,
    "nice": _Program(runs=True, valued="-n --adjustment"),
    "stdbuf": _Program(runs=True, valued="-i -o -e --input --output --error"),
    "timeout": _Program(runs=True, before=1, flags="--foreground --preserve-status -v --verbose",
                        valued="-k --kill-after -s --signal"),
    "npx": _Program(runs=True, flags="-y --yes"),
    "uv": _UV, "poetry": _RUN, "pipenv": _RUN, "pdm": _RUN, "rye": _RUN,
}  # fmt: skip


def named(command: Sequence[str]) -> Named | None:
    """What a command runs; None where that is no file and no module, or nobody can know.

    Args:
        command: A program with its arguments.
    """
    at, own, plain = 0, True, True
    while at < len(command):
        name = Path(command[at]).name
        program = _PYTHON if re.fullmatch(r"(python|pypy)[\d.]*", name) else _PROGRAMS.get(name)
        if program is None or (program.word and command[at + 1 : at + 2] != [program.word]):
            return None
        first = at + 1 + bool(program.word)
        end, at = _options(program, command, first)
        changed = _CHANGING.get(name if program.runs else "python")
        changes = changed and any(changed.fullmatch(each) for each in command[first:at])
        own, plain = own and program.own, plain and not changes
        if end == "unknown" or at >= len(command):
            return None
        if end:
            return Named(end, at, own and plain, plain and not own)
        at += program.before
        while name == "env" and at < len(command) and _ASSIGNED.match(command[at]):
            plain = plain and not _ELSEWHERE.match(command[at])
            at += 1
        if not program.runs or (program is _UV and _is_script(command, at)):
            return Named("script", at, own and plain) if _is_script(command, at) else None
    return None


def _is_script(command: Sequence[str], at: int) -> bool:
    return at < len(command) and "://" not in command[at] and Path(command[at]).suffix in SUFFIXES


def _options(program: _Program, command: Sequence[str], at: int) -> tuple[_End, int]:
    """What ends the options of a program, and where they end: at what it runs, where that is the value of one."""
    while at < len(command) and command[at].startswith("-") and command[at] != "-":
        if command[at] == "--":
            return "", at + 1
        kind, glued = _option(program, command[at])
        match kind:
            case "flags":
                at += 1
            case "valued":
                at += 1 if glued else 2
            case "script" | "module" if not glued:
                return kind, at + 1
            case _:
                return "unknown", at
    return "", at


def _option(program: _Program, text: str) -> tuple[str, bool]:
    """The kind of an option, and whether it has its value in itself; several short ones may stand together."""
    kinds = {each: kind for kind in _KINDS for each in getattr(program, kind).split()}
    name, equals, _ = text.partition("=")
    if name in kinds:
        return kinds[name], bool(equals)
    if text.startswith("--"):
        return "flags" if equals else "ends", True
    for number, letter in enumerate(text[1:], 2):
        kind = kinds.get(f"-{letter}", "ends")
        if kind != "flags":
            return kind, bool(text[number:])
    return "flags", True
