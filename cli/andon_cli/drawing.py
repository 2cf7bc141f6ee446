"""Series as lines over time in a terminal, in colours where there are any, with limits and the figures below."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

_ROWS: Final = 18
_COLOURS: Final = ("blue+", "orange+", "green+", "magenta+", "cyan+")
#: Without colours lines are told apart by what they are drawn with.
_MARKS: Final = ("braille", "*", "o", "+", "x")
#: UCUM as people write it; all other units are read as they are.
_UNITS: Final = {"Cel": "\u00b0C", "[degF]": "\u00b0F", "1": "", "Ohm": "\u03a9"}


def draw(series: Sequence[Mapping[str, Any]], specs: Sequence[Mapping[str, Any]], width: int, *, colours: bool) -> str:
    """The drawing, and a line of figures for each series. ``series`` and ``specs`` are those of the API (``/series``,
    and the signals of ``/machines``), one of each a line; at least one has values."""
    import plotext as plt

    shown = [(s, spec) for s, spec in zip(series, specs, strict=True) if s["times"]]
    names = [f"{s['machine'].rsplit('/', 1)[1]}.{s['signal']}" for s, _ in shown]
    first, last = min(s["times"][0] for s, _ in shown), max(s["times"][-1] for s, _ in shown)
    plt.clear_figure()
    plt.plot_size(width, _ROWS)
    plt.theme("clear")
    several = len(shown) > 1
    for i, ((s, _), name) in enumerate(zip(shown, names, strict=True)):
        mark = "braille" if colours else _MARKS[i % len(_MARKS)]
        label = f"{name} ({_unit(s)})" if several else None
        times = [t / 1e6 for t in s["times"]]
        plt.plot(times, s["values"], label=label, marker=mark, color=_COLOURS[i % len(_COLOURS)])
    if not several:
        _limits(plt, *shown[0], first, last)
        plt.title(f"{names[0]} ({_unit(shown[0][0])})" if _unit(shown[0][0]) else names[0])
    ticks = [first + (last - first) * i // 4 for i in range(5)]
    form = "%H:%M:%S" if last - first < 6e9 else "%H:%M" if last - first < 72e9 else "%d %b %H:%M"
    plt.xticks(
        [t / 1e6 for t in ticks], [dt.datetime.fromtimestamp(t / 1e6).astimezone().strftime(form) for t in ticks]
    )
    built = plt.build()
    drawn = built if colours else plt.uncolorize(built)
    longest = max(map(len, names))
    figures = [_figures(name, s, spec, longest) for name, (s, spec) in zip(names, shown, strict=True)]
    return "\n".join([drawn.rstrip(), *figures])


def _limits(plt: Any, s: Mapping[str, Any], spec: Mapping[str, Any], first: int, last: int) -> None:
    """Limits as lines, where they are near enough not to press the values flat."""
    low, high = min(s["values"]), max(s["values"])
    room = max(high - low, abs(high) * 0.02)
    for limit in (spec.get("low_limit"), spec.get("high_limit")):
        if limit is not None and low - room <= limit <= high + room:
            plt.plot([first / 1e6, last / 1e6], [limit, limit], marker="-", color="red")


def _figures(name: str, s: Mapping[str, Any], spec: Mapping[str, Any], longest: int) -> str:
    values, unit = s["values"], _unit(s)
    mean = sum(values) / len(values)
    numbers = f"last {values[-1]:.6g}, mean {mean:.6g}, {min(values):.6g} to {max(values):.6g} {unit}".rstrip()
    every = f"{len(values)} of {_span(s['every'])}, {s['agg']}" if s["every"] else f"{len(values)}, each as it came"
    source = "" if s["source"] == "raw" else f", from kept {s['source']}s"
    limits = [f"{word} {spec[key]:g}" for key, word in (("low_limit", "above"), ("high_limit", "below"))
              if spec.get(key) is not None]  # fmt: skip
    wanted = f"; to be {' and '.join(limits)}" if limits else ""
    return f"{name:{longest}}  {numbers}{wanted}  ({every}{source})"


def _unit(s: Mapping[str, Any]) -> str:
    return _UNITS.get(s["unit"], str(s["unit"]))


def _span(us: int) -> str:
    """A bucket's length: 10 s, 5 min, 2 h."""
    for size, word in ((86_400_000_000, "d"), (3_600_000_000, "h"), (60_000_000, "min"), (1_000_000, "s")):
        if us >= size and us % size == 0:
            return f"{us // size} {word}"
    return f"{us / 1e6:g} s"
