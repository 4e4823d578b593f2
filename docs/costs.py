"""The blocks of the guide about costs, as `naws cost` counts them.

docs/fill.py fills them in: what the command prints of an app, tables of the examples, and the table of prices itself.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

from rich.text import Text

from naws.cli import console
from naws.cli.apps import stacks_of
from naws.cli.assembly import StackArtifact
from naws.cli.cost import Work, cost
from naws.cli.prices import BY_USE, HOURS, LOOKED_UP, PRICES, REGION, Price

ROOT = Path(__file__).parents[1]
Rows = list[tuple[str, ...]]
_EXAMPLES = ("nightly-report", "monthly-close", "orders-api", "catalogue", "portal")
_GROUPS = {
    "NAT gateway": "network",
    "public IPv4": "network",
    "interface endpoint": "network",
    "RDS": "database",
    "Aurora": "database",
    "Fargate task": "tasks that wait",
    "application load balancer": "tasks that wait",
}
_REST = "alarms, keys and the like"
_MINUTES = 10


def printed(path: str) -> str:
    """What `naws cost` prints of an app."""
    command = f"$ naws cost {Path(path).name}"
    with console.out.capture() as taken:
        _account(path, show=True)
    return f"{command}\n{Text.from_ansi(taken.get()).plain.strip()}"


def idle(path: str) -> Rows:
    """What an app costs while nothing runs, the dearest first."""
    rows = [row for rows in _account(path)["idle"].values() for row in rows]
    return [("what", "USD a month"), *((f"{row['count']:g} x {row['what']}", _usd(row["usd"], 2)) for row in rows)]


def examples() -> Rows:
    """What each example costs while nothing runs."""
    groups = [*dict.fromkeys(_GROUPS.values()), _REST]
    rows: Rows = [("app", "USD a month, idle", *groups)]
    for name, account in _accounts():
        sums = dict.fromkeys(groups, 0.0)
        for row in (row for rows in account["idle"].values() for row in rows):
            group = next((group for start, group in _GROUPS.items() if row["what"].startswith(start)), _REST)
            sums[group] += row["usd"] or 0
        rows.append((f"`{name}`", f"**{account['idlePerMonth']:,.2f}**", *(_some(each) for each in sums.values())))
    return rows


def runs() -> Rows:
    """What a run of each pattern of the examples costs, and from how many on a service is as dear."""
    rows: Rows = [("app", "of what", "USD for a run", "a month", "a service instead, a month", "as much as")]
    for name, account in _accounts():
        for each in account["patterns"]:
            if each["perRun"]:
                service = each["servicePerMonth"]
                dear = (f"{service:,.2f}", f"{each['asDearFrom']:,} runs") if service else ("", "")
                month = f"{each['usdPerMonth']:,.2f} for {each['runsPerMonth']:,}"
                path = each["path"].rpartition("/")[2]
                rows.append((f"`{name}`", f"`{path}`", f"{each['usdPerRun']:.7f}", month, *dear))
    return rows


def twice(path: str) -> Rows:
    """A job of ten minutes every night, as runs and as a service."""
    (job,) = _account(path, minutes=_MINUTES)["patterns"]
    (task,) = job["service"]
    ended = f"as a task that ends: {job['runsPerMonth']} runs of {_MINUTES} minutes, all that a run costs"
    return [
        ("the work", "USD a month"),
        (ended, f"{job['usdPerMonth']:,.2f}"),
        (f"as a service that waits all month for it: {task['what']}", f"{job['servicePerMonth']:,.2f}"),
    ]


def prices(what: str) -> Rows:
    """The table of prices: `idle`, of what is paid by the hour or month; `use`, of all else."""
    standing = [one for one in PRICES.values() if one.per in {"hour", "month"}]
    if what == "idle":
        rows = ((one.what, _usd(one.usd and one.usd * (HOURS if one.per == "hour" else 1), 3)) for one in standing)
        return [("what", "USD a month", "looked up in"), *_sourced(rows, standing)]
    used = [*(one for one in PRICES.values() if one not in standing), *BY_USE.values()]
    rows = ((one.what, _usd(one.usd), one.each) for one in used)
    return [("what", "USD", "for", "looked up in"), *_sourced(rows, used)]


def dated() -> str:
    """Of which region the prices are, and when they were looked up."""
    return f"Prices are those of {REGION}, in US dollars, looked up {LOOKED_UP}."


def _accounts() -> list[tuple[str, dict[str, Any]]]:
    with ThreadPoolExecutor(2) as pool:  # each waits for an app's own process
        return list(zip(_EXAMPLES, pool.map(_account, [f"examples/{name}" for name in _EXAMPLES]), strict=True))


def _account(path: str, *, show: bool = False, minutes: float = Work.minutes) -> dict[str, Any]:
    return cost(_stacks(path), Work(minutes=minutes), show=show)[1]


@cache
def _stacks(path: str) -> list[StackArtifact]:
    """The stacks of an app, which remember what was read of them while the assembly was there."""
    with stacks_of(ROOT / path, None) as stacks:
        cost(stacks, Work(), show=False)
        return stacks


def _sourced(rows: Iterator[tuple[str, ...]], prices: Sequence[Price]) -> Iterator[tuple[str, ...]]:
    for row, price in zip(rows, prices, strict=True):
        yield (*row, ", ".join(f"[{each.dated or 'undated'}]({each.url})" for each in price.sources))


def _usd(usd: float | None, digits: int | None = None) -> str:
    if usd is None:
        return "not known"
    if digits is None:
        return f"{usd:.10f}".rstrip("0").rstrip(".")
    whole, _, cents = f"{usd:,.{digits}f}".partition(".")
    return f"{whole}.{cents[:2]}{cents[2:].rstrip(chr(48))}"


def _some(usd: float) -> str:
    return f"{usd:,.2f}" if usd else ""
