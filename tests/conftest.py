"""What all tests share.

Those that need a container engine are skipped without one, except where one is required. The slowest file starts first.
"""

import gc
import os
import tomllib
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest

from naws.cli.assembly import read_stacks
from naws.cli.aws import Aws
from naws.cli.deploy import Deployer
from naws.cli.destinations import Target
from naws.cli.embedded import EmbeddedAws
from naws.cli.engine import DevCommands, Engine
from naws.cli.engine.choice import choose
from naws.cli.progress import Progress
from naws.cli.stacks import EmbeddedStack

REQUIRED = "NAWS_REQUIRE_CONTAINERS"
"""Set to 1 where everything has to run: a test that is skipped there, for whatever reason, fails."""

# Looked for again once everything is collected: whatever is imported until then stays.
gc.disable()

# CDK's own validation of templates takes seconds in each process that synthesises, and only warns. Who asks for it
# (`validated=True`) has it all the same; tests of what an app warns of set it to "true" for that app.
os.environ["CDK_VALIDATION"] = "false"

SECONDS: dict[str, int] = tomllib.loads(Path(__file__).with_name("durations.toml").read_text())
FEWEST = 5
"""Seconds below which a file needs no line there."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item], config: pytest.Config) -> None:
    # Whole files: a worker takes the next one of this order (`--no-loadscope-reorder`), and none is left for the end
    # that takes longer than what is left beside it.
    items.sort(key=lambda item: -SECONDS.get(item.path.relative_to(config.rootpath).as_posix(), 0))
    needing = [item for item in items if item.get_closest_marker("container")]
    if needing and choose("auto").kind != "container":
        for item in needing:
            item.add_marker(pytest.mark.skip(reason="no container engine answers"))


def pytest_collection_finish() -> None:
    # What is imported by now stays: garbage is looked for in what the tests themselves make.
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get(REQUIRED) == "1":
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped although {REQUIRED}=1: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    """The embedded AWS of this worker, whose tasks are processes; what other tests made in it is there."""
    with EmbeddedAws.start(tmp_path_factory.mktemp("state"), engine="process") as running:
        yield running


@pytest.fixture(scope="session")
def aws(embedded: EmbeddedAws) -> Aws:
    """Clients of it."""
    return Aws(embedded.endpoint_url, Target(embedded.account_id, embedded.region))


@pytest.fixture(scope="session")
def deploy(embedded: EmbeddedAws, aws: Aws) -> Callable[[Path], list[EmbeddedStack]]:
    """Deploys the cloud assembly in a folder to it; tasks run in that folder."""
    commands = DevCommands(Path(embedded.log_file).parent)
    engine = Engine("process", None, "")
    return lambda folder: Deployer(aws, engine, commands, folder, Progress()).deploy(read_stacks(folder))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests have to tell also when they pass; here, because the process that prints collects no tests."""
    for report in (each for outcome in ("passed", "failed") for each in terminalreporter.stats.get(outcome, ())):
        for name, text in report.user_properties:
            terminalreporter.section(f"{report.nodeid}: {name}")
            terminalreporter.write_line(str(text))
    if terminalreporter.config.getoption("durations") is not None:
        _tell_files(terminalreporter)


def _tell_files(terminalreporter: pytest.TerminalReporter) -> None:
    """The rows of durations.toml, as this run would have them."""
    seconds: Counter[str] = Counter()
    for report in (each for reports in terminalreporter.stats.values() for each in reports):
        if isinstance(report, pytest.TestReport):
            seconds[report.nodeid.partition("::")[0]] += report.duration
    terminalreporter.section("slowest files")
    for name, taken in seconds.most_common():
        if taken >= FEWEST:
            terminalreporter.write_line(f'"{name}" = {round(taken / FEWEST) * FEWEST}')
