"""`naws demo`: the example of this checkout, from generated sales to a checked report."""

import importlib.util
import json
import shutil
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

from naws.cli import console
from naws.cli.engine import EngineKind
from naws.cli.engine.choice import reaching_databases
from naws.cli.errors import NOT_FOUND, CliError
from naws.cli.live import LiveRuns
from naws.cli.progress import Progress
from naws.cli.runs import Run, RunHistory
from naws.cli.session import Session, session
from naws.cli.stacks import EmbeddedStack
from naws.cli.synth import find_app
from naws.cli.tasklogs import last_lines, log_stream

_EXAMPLE = Path("examples/nightly-report")
_REGION = "London"
_MESSAGE = {"report": "London", "region": _REGION}
# A quarter of a year each; every file starts a run.
_FILES = 4
_LOG_LINES = 5
_SHOWN_DIFFERENCES = 10
_PATIENCE_SECONDS = 600


def run_demo(*, rows: int, port: int | None, engine: EngineKind, state_dir: Path) -> int:
    """Run the example start to end.

    Args:
        rows: How many sales to generate.
        port, engine, state_dir: As for `session`; reports go to the latter, too.

    Returns:
        0 when every run succeeded and every report says what the generator counted, otherwise 1.

    Raises:
        CliError: It could not be run.
    """
    example, engine = _find_example(), reaching_databases(engine)
    with Progress() as progress, session(state_dir, port=port, engine=engine) as running:
        progress.step(f"Generating {rows:,} sales")
        sales = running.state_dir / "sales"
        expected = load(example / "generate.py").generate(sales, rows=rows, files=_FILES)
        progress.finished(f"{rows:,} sales generated in {len(expected['files'])} files")
        stacks = running.deploy(find_app(example), progress)
        stack = stacks[-1]
        outputs = {name: value for each in stacks for name, value in each.outputs.items()}
        console.heading("Runs")
        live = LiveRuns(RunHistory(stacks), running.embedded.denials)
        runs = _trigger_all(running, stack, outputs["SalesBucket"], sales, live)
        reports = _download(stack, outputs["SalesBucket"], running.state_dir / "reports")
        verify, items = load(example / "verify.py"), _items(stack, outputs["SummariesTable"])
        wrong = [*check(verify, reports.values(), expected, runs), *verify.check_rows(items, reports.values())]
        _show(stack, runs, reports, f"{len(items)} rows in the table {outputs['SummariesTable']}")
    return _verdict(wrong)


def _find_example() -> Path:
    here = Path.cwd()
    for directory in (here, *here.parents):
        if (directory / _EXAMPLE / "app.py").is_file():
            return directory / _EXAMPLE
    raise CliError(
        f"There is no {_EXAMPLE} here.", "Run `naws demo` in a checkout of the N-AWS standard types.", code=NOT_FOUND
    )


def load(path: Path) -> ModuleType:
    """A module of the example, which is no package.

    Raises:
        CliError: It is not a Python module.
    """
    name = f"naws_demo_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise CliError(f"{path} is not a Python module.")
    module = importlib.util.module_from_spec(spec)
    # dataclasses and typed dicts look their module up by name.
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _trigger_all(running: Session, stack: EmbeddedStack, bucket: str, sales: Path, live: LiveRuns) -> list[Run]:
    files, (rates,) = sorted(sales.glob("sales-*")), sales.glob("rates-*")
    console.line(f"uploading the rates to s3://{bucket}/rates/: a run writes them to the database", style="dim")
    stack.aws.client("s3").upload_file(str(rates), bucket, f"rates/{rates.name}")
    live.follow(_complete(running, 1))
    console.line(f"uploading {len(files)} files to s3://{bucket}/sales/: each one starts a run", style="dim")
    for path in files:
        stack.aws.client("s3").upload_file(str(path), bucket, f"sales/{path.name}")
    console.line("firing the daily schedule now", style="dim")
    scheduler = stack.aws.client("scheduler")
    names = stack.of_runs(lambda runs: runs.schedules)
    schedules = [each for each in scheduler.list_schedules()["Schedules"] if each["Name"] in names]
    for schedule in schedules:
        running.embedded.fire_schedule(schedule["GroupName"], schedule["Name"])
    console.line(f"sending a queue message: {json.dumps(_MESSAGE)}", style="dim")
    for url in stack.of_runs(lambda runs: runs.queues):
        stack.aws.client("sqs").send_message(QueueUrl=url, MessageBody=json.dumps(_MESSAGE))
    return live.follow(_complete(running, 1 + len(files) + len(schedules) + 1))


def _complete(running: Session, wanted: int) -> Callable[[list[Run]], bool]:
    deadline = time.monotonic() + _PATIENCE_SECONDS

    def enough(runs: list[Run]) -> bool:
        running.check_alive()
        if time.monotonic() > deadline:
            ended = sum(1 for run in runs if run.ended)
            raise CliError(f"{ended} of {wanted} runs ended within {_PATIENCE_SECONDS} seconds.")
        return len(runs) >= wanted and all(run.ended for run in runs)

    return enough


def _items(stack: EmbeddedStack, table: str) -> list[dict[str, Any]]:
    pages = stack.aws.client("dynamodb").get_paginator("scan").paginate(TableName=table)
    return [item for page in pages for item in page["Items"]]


def _download(stack: EmbeddedStack, bucket: str, directory: Path) -> dict[str, dict[str, Any]]:
    """Every report's summary, by the folder that it was downloaded to."""
    summaries: dict[str, dict[str, Any]] = {}
    s3 = stack.aws.client("s3")
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="reports/"):
        for item in page.get("Contents", []):
            target = directory / item["Key"].removeprefix("reports/")
            target.parent.mkdir(parents=True, exist_ok=True)
            s3.download_file(bucket, item["Key"], str(target))
            if target.name == "summary.json":
                summaries[str(target.parent)] = json.loads(target.read_text())
    return summaries


def check(verify: ModuleType, reports: Iterable[dict[str, Any]], expected: Any, runs: list[Run]) -> list[str]:
    """Everything that is not as the generator counted it, in words.

    Args:
        verify: The example's own comparison.
        reports: The summaries that the runs wrote.
        expected: What the generator counted.
    """
    wrong = [
        f"the {run.trigger} run {run.id} {run.status.lower()}: {run.error}" for run in runs if run.status != "SUCCEEDED"
    ]
    by_trigger: dict[str, list[dict[str, Any]]] = {"schedule": [], "event": [], "queue": []}
    for report in reports:
        by_trigger.setdefault(report["trigger"], []).append(report)
    wanted = {"schedule": 1, "event": len(expected["files"]), "queue": 1}
    wrong += verify.compare("reports", {trigger: len(found) for trigger, found in by_trigger.items()}, wanted)
    for report in by_trigger["schedule"]:
        wrong += verify.check(report, expected)
    for report in by_trigger["event"]:
        name = report["filters"]["object"].rsplit("/", 1)[-1]
        wrong += verify.compare(name, report["totals"], expected["by_file"].get(name))
    for report in by_trigger["queue"]:
        wrong += verify.compare(_REGION, report["totals"], expected["by_region"][_REGION])
    return wrong


def _show(stack: EmbeddedStack, runs: list[Run], reports: dict[str, dict[str, Any]], in_table: str) -> None:
    console.out.print()
    console.runs_table(runs)
    for folder, report in reports.items():
        if report["trigger"] == "schedule":
            _show_report(Path(folder), report)
    console.line(f"  {in_table}, one for each report")
    nightly = next((run for run in runs if run.trigger == "schedule"), runs[-1])
    where = log_stream(stack.aws, nightly)
    if where:
        console.heading("Its logs")
        console.line(f"  log group   {where.group}")
        console.line(f"  log stream  {where.stream}")
        for text in last_lines(stack.aws, where, _LOG_LINES):
            console.line(f"  | {text}", style="dim")


def _show_report(folder: Path, report: dict[str, Any]) -> None:
    totals = report["totals"]
    best, figures = next(iter(report["by_region"].items()))
    console.heading("The nightly report")
    console.line(f"  {report['rows']['read']:,} rows from {report['objects']} files")
    console.line(f"  {totals['sales']:,} sales, {totals['units']:,} units")
    rates = ", ".join(f"{currency} {euros}" for currency, euros in report["rates"].items())
    console.line(f"  rates of the database: {rates}")
    console.line(f"  {_euros(totals['gross_cents'])} gross, {_euros(totals['refunds_cents'])} refunded")
    console.line(f"  {_euros(totals['net_cents'])} net; best region {best} with {_euros(figures['net_cents'])}")
    page = folder.parent.parent / "report.html"
    shutil.copy(folder / page.name, page)
    console.line(f"  {_relative(page)}; every run's report is in {_relative(folder.parent)}/")


def _euros(cents: int) -> str:
    return f"{cents / 100:,.2f} EUR"


def _relative(path: Path) -> str:
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def _verdict(wrong: list[str]) -> int:
    if wrong:
        console.err.print(f"\n[bold red]The result is wrong[/bold red] in {len(wrong)} places:")
        for difference in wrong[:_SHOWN_DIFFERENCES]:
            console.err.print(f"  {difference}", markup=False)
        return 1
    console.out.print("\n[green]✓[/green] Every report says what the generator counted.")
    return 0
