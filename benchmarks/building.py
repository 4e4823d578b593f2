"""What it takes to build and synthesise processors: with this library, by hand in Python, by hand in JavaScript.

    uv run python benchmarks/building.py
    uv run python benchmarks/building.py --processors 1 --rounds 1      the shortest

Each measurement is a process of its own. A round starts each variant once, one after the other: what else the machine
does meets all of them, so that ratios within a round tell more than seconds, and CPU time more than both. Needs no
network and no credentials.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

HERE = Path(__file__).parent
OURS, PYTHON, JAVASCRIPT, EMPTY = "this library", "by hand, Python", "by hand, JavaScript", "empty app"
VARIANTS = {
    OURS: "EcsTaskProcessor with a schedule, an event rule and a queue; with its alarms, failure queue, payload bucket",
    PYTHON: "raw_cdk.py: the same three triggers, task and workflow of one step from CDK's L2 constructs, and no more",
    JAVASCRIPT: "raw_cdk.js: the same constructs as raw_cdk.py, so the same template, without Python and jsii",
    EMPTY: "an app without a stack",
}
PROGRAMS = {
    OURS: (sys.executable, str(HERE / "building_one.py"), "ours"),
    PYTHON: (sys.executable, str(HERE / "building_one.py"), "hand-written"),
    JAVASCRIPT: (os.environ.get("JSII_NODE", "node"), str(HERE / "raw_cdk.js")),
    EMPTY: (sys.executable, str(HERE / "building_one.py"), "empty"),
}
MODULES = ("aws_cdk", "naws.core", "naws.ecs_task_processor")
_SECONDS = ("whole", "build", "synth", "cpu")
_IMPORT = "import time; began = time.perf_counter(); import {}; print(time.perf_counter() - began)"


@dataclass(frozen=True)
class Measurement:
    """What one process took."""

    whole: float
    """Seconds from its start to its end, with every import."""
    build: float
    """Seconds; calls into Node where these are counted."""
    synth: float
    """As `build`."""
    cpu: float
    """Seconds that Python and Node computed for both, without those that they waited for a core; 0 when not known."""
    templates: list[dict[str, Any]]
    """Those of all stacks."""
    python: float | None = None
    """The most memory that Python had, in MiB; nothing where Python or /proc is missing."""
    node: float | None = None
    """As `python`."""

    @property
    def both(self) -> float:
        """Build and synthesis."""
        return self.build + self.synth

    @property
    def resources(self) -> int:
        """Of all templates together."""
        return sum(len(template["Resources"]) for template in self.templates)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--processors", type=int, nargs="+", default=[1, 10, 50, 100], metavar="N")
    parser.add_argument("--rounds", type=int, default=5, metavar="N")
    parser.add_argument("--validate", action="store_true", help="with CDK's own validation, 1.5 s and more per app")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        environment = _environment(Path(folder), validate=asked.validate)
        _print_header(asked.rounds)
        for count in asked.processors:
            _compare(count, asked.rounds, environment)
        _print_imports(asked.rounds, environment)


def _environment(folder: Path, *, validate: bool) -> dict[str, str]:
    """What the `cdk` command gives an app, and where JavaScript finds aws-cdk-lib."""
    modules = _node_modules(folder / "node_modules")
    # As on the machine of whoever develops an app, bytecode is kept; the processes that count calls come first.
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {
        "CDK_CONTEXT_JSON": (modules / "aws-cdk-lib" / "recommended-feature-flags.json").read_text(),
        "CDK_OUTDIR": str(folder / "cdk.out"),
        "CDK_VALIDATION": str(validate).lower(),
        "NODE_PATH": str(modules),
    }


def _node_modules(folder: Path) -> Path:
    """The JavaScript that the Python packages of CDK bring with them: the very same files run in each variant."""
    for package in ("aws_cdk", "constructs"):
        (root,) = getattr(find_spec(package), "submodule_search_locations", None) or ()
        for tarball in Path(root).glob("**/_jsii/*.jsii.tgz"):
            unpacked = folder / tarball.name
            with tarfile.open(tarball) as archive:
                archive.extractall(unpacked, filter="data")
            name = json.loads((unpacked / "package" / "package.json").read_text())["name"]
            (folder / name).parent.mkdir(exist_ok=True)
            (unpacked / "package").rename(folder / name)
    return folder


def _compare(count: int, rounds: int, environment: Mapping[str, str]) -> None:
    calls = {variant: _measure(variant, count, environment, "--calls") for variant in VARIANTS if variant != JAVASCRIPT}
    found: dict[str, list[Measurement]] = {variant: [] for variant in VARIANTS}
    for _ in range(rounds):
        for variant, measurements in found.items():
            measurements.append(_measure(variant, count, environment))
    print(f"\n{count} {'processor' if count == 1 else 'processors'}\n{_HEADINGS}")
    for variant, measurements in found.items():
        print(_row(variant, measurements, found[PYTHON], calls.get(variant)))
    same = found[JAVASCRIPT][0].templates == found[PYTHON][0].templates
    print(f"  the templates by hand are {'the same' if same else 'NOT the same'} from Python and from JavaScript")


def _measure(variant: str, count: int, environment: Mapping[str, str], *options: str) -> Measurement:
    shutil.rmtree(environment["CDK_OUTDIR"], ignore_errors=True)
    began = time.perf_counter()
    printed = _output([*PROGRAMS[variant], str(0 if variant == EMPTY else count), *options], environment)
    return Measurement(whole=time.perf_counter() - began, **json.loads(printed))


def _output(command: Sequence[str], environment: Mapping[str, str]) -> str:
    return subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout


_HEADINGS = (
    f"  {'':19}{'whole s':>9}{'build s':>9}{'synth s':>9}  {'/ by hand':22}{'CPU s':>7}  {'/ by hand':22}"
    f"{'calls build':>12}{'synth':>7}{'MiB Python':>12}{'Node':>6}{'resources':>11}"
)


def _row(variant: str, found: list[Measurement], by_hand: list[Measurement], calls: Measurement | None) -> str:
    """Medians; a ratio is that of each round to what was made by hand in Python in the same round."""
    whole, build, synth, cpu = (median(getattr(each, name) for each in found) for name in _SECONDS)
    seconds = f"{whole:>9.2f}{build:>9.2f}{synth:>9.2f}{_ratio(found, by_hand, 'both')}"
    computed = f"{cpu:>7.2f}{_ratio(found, by_hand, 'cpu')}" if by_hand[0].cpu else f"{'-':>7}{'':24}"
    asked = f"{calls.build:>12,.0f}{calls.synth:>7,.0f}" if calls else f"{'-':>12}{'-':>7}"
    memory = f"{_mib(each.python for each in found):>12}{_mib(each.node for each in found):>6}"
    return f"  {variant:19}{seconds}{computed}{asked}{memory}{found[0].resources:>11,}"


def _ratio(found: list[Measurement], by_hand: list[Measurement], name: str) -> str:
    ratios = [getattr(one, name) / getattr(other, name) for one, other in zip(found, by_hand, strict=True)]
    return f"  {f'{median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})':22}"


def _mib(found: Iterable[float | None]) -> str:
    known = [each for each in found if each is not None]
    return f"{median(known):.0f}" if known else "-"


def _print_header(rounds: int) -> None:
    versions = f"aws-cdk-lib {metadata.version('aws-cdk-lib')}, Python {platform.python_version()}"
    print(f"Medians of {rounds} rounds on {os.cpu_count()} cores, {versions}\n")
    for variant, text in VARIANTS.items():
        print(f"  {variant:20}{text}")
    print(
        f"  {'/ by hand':20}build and synthesis to those of raw_cdk.py in the same round; the least and the most of all"
    )
    print(f"  {'CPU s':20}what Python and Node computed for them, which other programs on the machine hardly change")
    print(f"  {'calls':20}into Node, counted in a process of its own, which is not timed")


def _print_imports(rounds: int, environment: Mapping[str, str]) -> None:
    found: dict[str, list[float]] = {module: [] for module in MODULES}
    for _ in range(rounds):
        for module, seconds in found.items():
            seconds.append(float(_output([sys.executable, "-c", _IMPORT.format(module)], environment)))
    print("\nimport, each in a fresh process")
    for module, seconds in found.items():
        ratios = [one / other for one, other in zip(seconds, found["aws_cdk"], strict=True)]
        print(f"  {module:26}{median(seconds):>6.2f} s{median(ratios):>8.2f} times aws_cdk")


if __name__ == "__main__":
    main()
