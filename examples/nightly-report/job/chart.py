"""Drawings as inline SVG: coloured by the page's style sheet, described in words for who cannot see them."""

from collections.abc import Callable
from datetime import date
from html import escape

WIDTH, HEIGHT = 960, 320
LEFT, RIGHT, TOP, BOTTOM = 64, 12, 16, 36
WEEK = 7
TICKS = 5
MANY_DAYS = 62
UNITS = ((1_000_000, "M"), (1_000, "k"))


def line_chart(days: dict[str, int], title: str) -> str:
    """Euro cents by ISO date: each day, and the mean of the seven days around it when there are enough."""
    names = list(days)
    euros = [cents / 100 for cents in days.values()]
    low, high, step = _scale(min(euros), max(euros))

    def x(place: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (place / (len(euros) - 1) if len(euros) > 1 else 0.5)

    def y(value: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (high - value) / (high - low)

    def path(values: list[float]) -> str:
        return "M" + " L".join(f"{x(place):.1f},{y(value):.1f}" for place, value in enumerate(values))

    best = max(range(len(euros)), key=euros.__getitem__)
    described = f"From {names[0]} to {names[-1]}; the best day was {names[best]} with {euros[best]:,.0f} euros."
    ground = f"L{x(len(euros) - 1):.1f},{y(max(low, 0)):.1f} L{x(0):.1f},{y(max(low, 0)):.1f} Z"
    parts = [_grid(low + n * step, y(low + n * step)) for n in range(round((high - low) / step) + 1)]
    parts += _dates(names, x)
    parts.append(f'<path class="area" d="{path(euros)} {ground}"/><path class="day" d="{path(euros)}"/>')
    if len(euros) > 2 * WEEK:
        parts.append(f'<path class="mean" d="{path(_smooth(euros))}"/>')
    parts.append(
        f'<circle class="best" cx="{x(best):.1f}" cy="{y(euros[best]):.1f}" r="4.5">'
        f"<title>{names[best]}: {euros[best]:,.0f} EUR</title></circle>"
    )
    return _svg(title, described, HEIGHT, "".join(parts))


def bar_chart(groups: dict[str, int], title: str) -> str:
    """Euro cents by name as horizontal bars, in the order given."""
    row, left = 34, 190
    most = max(*groups.values(), 1)
    total = sum(groups.values())
    parts: list[str] = []
    for place, (name, cents) in enumerate(groups.items()):
        top = place * row
        length = max((WIDTH - left - 220) * cents / most, 2)
        share = f" · {100 * cents / total:.1f} %" if total > 0 else ""
        parts.append(
            f'<text x="{left - 12}" y="{top + 22}" text-anchor="end">{escape(name[:24])}</text>'
            f'<rect class="bar" x="{left}" y="{top + 5}" width="{length:.1f}" height="{row - 10}" rx="4"/>'
            f'<text class="figure" x="{left + length + 10:.1f}" y="{top + 22}">{cents / 100:,.0f} €{share}</text>'
        )
    described = ", ".join(f"{escape(name)} {cents / 100:,.0f} euros" for name, cents in groups.items())
    return _svg(title, described, row * len(groups), "".join(parts))


def _svg(title: str, described: str, height: int, body: str) -> str:
    name = "chart-" + "".join(character if character.isalnum() else "-" for character in title.lower())
    return (
        f'<svg role="img" aria-labelledby="{name}-title {name}-text" viewBox="0 0 {WIDTH} {height}">'
        f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-text">{described}</desc>{body}</svg>'
    )


def _scale(lowest: float, highest: float) -> tuple[float, float, float]:
    """A round step (1, 2 or 5 times a power of ten) and the limits it gives; zero is always in sight."""
    lowest, highest = min(lowest, 0), max(highest, lowest + 1, 1)
    rough = (highest - lowest) / TICKS
    power = 10 ** (len(str(int(rough))) - 1)
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
    return step * (lowest // step), -step * (-highest // step), step


def _grid(value: float, height: float) -> str:
    return (
        f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{height:.1f}" y2="{height:.1f}"/>'
        f'<text x="{LEFT - 8}" y="{height + 4:.1f}" text-anchor="end">{_short(value)}</text>'
    )


def _short(value: float) -> str:
    unit, letter = next(((unit, letter) for unit, letter in UNITS if abs(value) >= unit), (1, ""))
    return f"{value / unit:g}{letter}"


def _dates(names: list[str], x: Callable[[float], float]) -> list[str]:
    """The first of each month in a long report, about every sixth day in a short one."""
    if len(names) > MANY_DAYS:
        chosen = [place for place, name in enumerate(names) if name.endswith("-01")]
        chosen = chosen[:: len(chosen) // 13 + 1]
    else:
        chosen = list(range(0, len(names), len(names) // 6 + 1))
    form = "%b" if len(names) > MANY_DAYS else "%d %b"
    return [
        f'<text x="{x(place):.1f}" y="{HEIGHT - 12}" text-anchor="middle">'
        f"{date.fromisoformat(names[place]).strftime(form)}</text>"
        for place in chosen
    ]


def _smooth(values: list[float]) -> list[float]:
    windows = [values[max(place - WEEK // 2, 0) : place + WEEK // 2 + 1] for place in range(len(values))]
    return [sum(window) / len(window) for window in windows]
