"""Counts and durations in words."""

_SHORT, _LONG = 0.9995, 100


def counted(number: float, thing: str) -> str:
    """`1 run`, `2 runs`, `1,000 runs`, `0.5 seconds`."""
    return f"{number:,.15g} {thing}{'' if number == 1 else 's'}"


def duration(seconds: float) -> str:
    """Seconds as people read them."""
    if seconds >= _LONG:
        return f"{int(seconds) // 60} min {int(seconds) % 60:02d} s"
    return f"{seconds:.1f} s" if seconds >= _SHORT else f"{round(seconds * 1000)} ms"
