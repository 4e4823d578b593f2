"""`naws cost`: what an app costs while nothing runs, what a run costs, and the same work on a long-running service."""

from collections.abc import Mapping, Sequence
from typing import Any

from naws.cli import console, cost_runs
from naws.cli.assembly import StackArtifact
from naws.cli.cost_idle import by_use, idle, unknown
from naws.cli.cost_rows import Row, total
from naws.cli.cost_runs import Work
from naws.cli.errors import NOT_FOUND, CliError
from naws.cli.prices import BY_USE, LOOKED_UP, PRICES, REGION, Price
from naws.cli.words import counted

__all__ = ["Work", "cost", "price_table"]


def cost(stacks: Sequence[StackArtifact], work: Work, *, show: bool, table: bool = False) -> tuple[int, Any]:
    """Account for an app.

    Args:
        stacks: Its stacks.
        work: What a run is taken to be.
        show: Print it.
        table: Print the prices, too, each with its source.

    Raises:
        CliError: It has no pattern.
    """
    every = [each for stack in stacks for each in stack.whole]
    if not any(stack.runs for stack in every):
        raise CliError("The app has no pattern.", code=NOT_FOUND)
    standing = {stack.display_name: idle(stack) for stack in stacks}
    missing = sorted({kind for stack in stacks for kind in unknown(stack)})
    used = [*dict.fromkeys(key for stack in stacks for key in by_use(stack))]
    patterns = [cost_runs.pattern(stack, runs, work) for stack in every for runs in stack.runs.values()]
    if show:
        _show(stacks, work, standing, patterns)
        _show_by_use(used)
        if missing:
            console.note(f"not priced, and not in the sums: {', '.join(missing)}")
    if show and table:
        _show_prices()
    document = {
        "prices": _table(PRICES),
        "assumed": {"minutes": work.minutes, "milliseconds": work.milliseconds, "logMib": work.log_mib},
        "idle": {name: [row.data() for row in rows] for name, rows in standing.items()},
        "idlePerMonth": total([row for rows in standing.values() for row in rows]),
        "byUse": [*_price_data({key: BY_USE[key] for key in used})],
        "notPriced": missing,
        "patterns": patterns,
    }
    return 0, document


def price_table(*, show: bool) -> tuple[int, Any]:
    """The prices alone, each with its source.

    Args:
        show: Print them.
    """
    if show:
        _show_prices()
    return 0, {"prices": _table({**PRICES, **BY_USE})}


def _table(prices: Mapping[str, Price]) -> dict[str, Any]:
    return {"region": REGION, "currency": "USD", "lookedUp": LOOKED_UP, "rows": [*_price_data(prices)]}


def _show(
    stacks: Sequence[StackArtifact],
    work: Work,
    standing: Mapping[str, Sequence[Row]],
    patterns: Sequence[Mapping[str, Any]],
) -> None:
    regions = {stack.region for stack in stacks if stack.region} - {REGION}
    console.line(f"prices of {REGION} in US dollars, looked up {LOOKED_UP}; without free tiers, discounts and taxes")
    console.line(f"a run is taken to be {_assumed(work)}")
    if regions:
        console.note(f"no prices of {', '.join(sorted(regions))} were looked up: these are of {REGION}")
    for name, rows in standing.items():
        console.heading(f"{name}: {total(rows):,.2f} a month while nothing runs{_without(rows)}")
        console.columns(("", "", ""), [(_amount(row), f"{row.count:g} x", row.what) for row in rows], right=(0, 1))
    if len(standing) > 1:
        every = [row for rows in standing.values() for row in rows]
        console.heading(f"In all {total(every):,.2f} a month while nothing runs{_without(every)}")
    for each in patterns:
        _show_pattern(each)


def _assumed(work: Work) -> str:
    logs = f"{work.log_mib:g} MiB of logs" if work.log_mib is not None else "1 MiB of logs, of a function 0.001 MiB"
    return f"{work.minutes:g} min of a task or {work.milliseconds:g} ms of a function, and {logs}"


def _show_pattern(pattern: Mapping[str, Any]) -> None:
    if not pattern["perRun"]:
        return
    rows = [Row(**row) for row in pattern["perRun"]]
    count = pattern["runsPerMonth"]
    console.heading(f"{pattern['path']}: {pattern['usdPerRun']:.7f} for a run{_without(rows)}")
    console.columns(("", ""), [(_amount(row, 7), _counted(row)) for row in rows], right=(0,))
    console.line(f"  {counted(count, 'run')} a month: {pattern['usdPerMonth']:,.2f}")
    if pattern["asDearFrom"] is not None:
        (service,) = pattern["service"]
        dear = f"{pattern['servicePerMonth']:,.2f}, as much as {pattern['asDearFrom']:,} runs"
        console.line(f"  one {service['what']}, all month: {dear}")


def _counted(row: Row) -> str:
    """A row of a run in words: how much of what."""
    if row.unit.startswith("for"):
        return f"{row.what}, {row.unit}"
    if row.unit == "GB":
        return f"{row.count * 1024:.3g} MiB of CloudWatch Logs"
    return f"{row.count:.3g} x {row.what}"


def _without(rows: Sequence[Row]) -> str:
    return ", and what is not known" if any(row.usd is None for row in rows) else ""


def _amount(row: Row, digits: int = 2) -> str:
    return "not known" if row.usd is None else f"{row.usd:,.{digits}f}"


def _show_by_use(used: Sequence[str]) -> None:
    if used:
        console.heading("Paid by use, and in no sum above")
        rows = [(_usd(BY_USE[key]), BY_USE[key].each, BY_USE[key].what) for key in used]
        console.columns(("", "", ""), rows, right=(0,))


def _usd(price: Price) -> str:
    return "not known" if price.usd is None else f"{price.usd:.10f}".rstrip("0").rstrip(".")


def _price_data(prices: Mapping[str, Price]) -> list[dict[str, Any]]:
    """The first source has the names that it had when it was the only one."""
    return [
        {
            "what": one.what,
            "usd": one.usd,
            "per": one.per,
            "source": one.sources[0].url if one.sources else None,
            "dated": (one.sources[0].dated if one.sources else "") or None,
            "sources": [{"url": each.url, "dated": each.dated or None} for each in one.sources],
        }
        for one in prices.values()
    ]


def _show_prices() -> None:
    console.heading("Prices")
    rows: list[tuple[str, ...]] = []
    for one in (*PRICES.values(), *BY_USE.values()):
        head = (_usd(one), one.each, one.what)
        rows += [(*head, "", "")] if not one.sources else []
        for each in one.sources:
            rows.append((*head, each.dated or "undated", each.url))
            head = ("", "", "")
    console.columns(("USD", "", "what", "dated", "source"), rows, right=(0,))
