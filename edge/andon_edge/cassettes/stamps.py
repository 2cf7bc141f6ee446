"""The times of a recording: which column holds them, how they are written, and where they do not grow."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from andon_edge.cassettes.errors import CsvError
from andon_edge.cassettes.numbers import NUMBER
from andon_edge.cassettes.sheet import Sheet

_PROBE = 200
_NAMES = re.compile(r"time|date|timestamp|datetime|date ?time|zeit|datum|ts|t|epoch", re.I)
_CLOCK = re.compile(r"\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?( ?[AaPp][Mm])?\Z")
#: Tried in this order after ISO 8601; day first is the way of most countries, and 13/2 decides for itself.
_DATES = ("%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%d-%b-%Y", "%d.%m.%y", "%d/%m/%y", "%m/%d/%y")
_CLOCKS = (" %H:%M:%S", " %H:%M:%S.%f", " %H:%M", " %I:%M:%S %p", " %I:%M %p", "")
_FORMATS = tuple(date + clock for date in _DATES for clock in _CLOCKS)
#: Seconds, milliseconds, microseconds, nanoseconds since 1970, by size: 2001 to 2286 in each.
_EPOCHS = ((1e9, 1.0), (1e12, 1e-3), (1e15, 1e-6), (1e18, 1e-9))
#: The unit in the header of a column that counts from the start: `Time (ms)`.
_SCALES = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "min": 60.0, "h": 3600.0}
_UNIT = re.compile(r"[\[(]([^\])]+)[\])]\s*\Z")


@dataclass(frozen=True, slots=True)
class Stamps:
    """``columns`` hold them (date and clock may stand apart); ``seconds`` since 1970 if ``absolute``, one a row.

    ``aware``: the stamps name their time zone.
    """

    columns: tuple[int, ...]
    seconds: list[float]
    aware: bool
    absolute: bool


def read_stamps(path: Path, sheet: Sheet, given: str | None, zone: dt.tzinfo) -> Stamps:
    """Find the column of times, or take the one that is named.

    Raises:
        CsvError: there is none, or a row without a time.
    """
    columns = _columns(path, sheet, given)
    cells = [(line, " ".join(row[i] for i in columns)) for line, row in sheet.rows]
    if sum(bool(NUMBER.match(text)) for _, text in cells) * 2 > len(cells):
        for line, text in cells:
            if not NUMBER.match(text) or "," in text:
                raise CsvError(path, line, f"{text!r} is no time", "the other rows hold seconds")
        raw = [float(text) for _, text in cells]
        scale = next((s for size, s in reversed(_EPOCHS) if raw[0] >= size), None)
        if scale is not None:
            return Stamps(columns, [value * scale for value in raw], aware=True, absolute=True)
        unit = _UNIT.search(sheet.header[columns[0]])
        factor = _SCALES.get(unit[1].strip().lower(), 1.0) if unit else 1.0
        return Stamps(columns, [value * factor for value in raw], aware=False, absolute=False)
    first = next(text for _, text in cells if parse(text))
    # a pattern must fit every row: 1/2 may be either, 13/2 cannot
    pattern = next((p for p in _FORMATS if _fits(first, p) and all(_fits(text, p) for _, text in cells)), None)
    seconds, aware = [], False
    for line, text in cells:
        found = dt.datetime.strptime(text, pattern) if pattern else parse(text)
        if found is None:
            raise CsvError(path, line, f"{text!r} is no time", "write it as 2026-11-23 14:05:00")
        aware = aware or found.tzinfo is not None
        seconds.append((found if found.tzinfo else found.replace(tzinfo=zone)).timestamp())
    return Stamps(columns, seconds, aware, absolute=True)


def _columns(path: Path, sheet: Sheet, given: str | None) -> tuple[int, ...]:
    probe, header = [row for _, row in sheet.rows[:_PROBE]], sheet.header
    if given is not None:
        if given not in header:
            raise CsvError(path, sheet.header_line, f"there is no column {given!r}", f"columns: {', '.join(header)}")
        return _with_clock(header.index(given), probe)

    def share(i: int, fits: object) -> float:
        return sum(bool(fits(row[i])) for row in probe) / len(probe)  # type: ignore[operator]

    named = [i for i, name in enumerate(header) if _NAMES.fullmatch(re.split(r"[\[(]", name)[0].strip())]
    # a column that is called so may have a row without a time, which is told with its line
    found = [i for i in named if share(i, parse) > 0.5]
    found += [i for i in range(len(header)) if share(i, parse) == 1.0]
    found += [i for i in named if share(i, NUMBER.match) > 0.5]
    if not found:
        remedy = f"name it with --time-column (columns: {', '.join(header)})"
        raise CsvError(path, sheet.header_line, "no column holds times", remedy)
    return _with_clock(found[0], probe)


def _with_clock(index: int, probe: Sequence[Sequence[str]]) -> tuple[int, ...]:
    """The column, and the one with the time of day where it holds the date alone."""
    if any(":" in row[index] for row in probe) or all(NUMBER.match(row[index]) for row in probe):
        return (index,)
    clocks = [i for i in range(len(probe[0])) if i != index and all(_CLOCK.match(row[i]) for row in probe)]
    return (index, clocks[0]) if clocks else (index,)


def parse(text: str) -> dt.datetime | None:
    """A date with or without a time, as ISO 8601 or as people write it; None if it is neither."""
    if NUMBER.match(text) or len(text) < 8:
        return None
    try:
        return dt.datetime.fromisoformat(re.sub(r" ?(UTC|GMT)\Z", "+00:00", text))
    except ValueError:
        return next((dt.datetime.strptime(text, p) for p in _FORMATS if _fits(text, p)), None)


def _fits(text: str, pattern: str) -> bool:
    try:
        dt.datetime.strptime(text, pattern)
    except ValueError:
        return False
    return True


def zone_of(path: Path, name: str | None) -> dt.tzinfo:
    """A time zone by its name; UTC without one."""
    if name is None or name.upper() in ("UTC", "Z"):
        return dt.UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise CsvError(path, 1, f"there is no time zone {name!r}", "write it as Europe/Berlin") from error


def growing(path: Path, lines: Sequence[int], stamps: Sequence[float], notes: list[str]) -> list[float]:
    """Strictly growing seconds since the first row.

    A few steps back (a clock set to winter time) are played over; rows that share a stamp, since it has no finer
    digits, are spread up to the next one.
    """
    steps = [b - a for a, b in itertools.pairwise(stamps)]
    forward = sorted(step for step in steps if step > 0)
    if not forward:
        raise CsvError(path, lines[1], "time stands still in all rows", "is it another column? --time-column")
    usual = forward[len(forward) // 2]
    back = [i for i, step in enumerate(steps) if step < 0]
    if back:
        line = lines[back[0] + 1]
        if len(back) > max(2, len(steps) // 100):
            raise CsvError(path, line, f"time does not grow here, and in {len(back)} rows in all", "sort it by time")
        notes.append(f"line {line}: time steps back by {-steps[back[0]]:g} s; played as {usual:g} s, the usual step")
    times = [0.0]
    for step in steps:
        times.append(times[-1] + (usual if step < 0 else step))
    same = [i for i, step in enumerate(steps) if step == 0]
    if same:
        notes.append(
            f"line {lines[same[0] + 1]}: the time of the row before (so in {len(same)} of {len(lines)} rows): spread "
            "evenly up to the next time"
        )
        times = _spread(times, usual)
    return [round(time, 6) for time in times]


def _spread(times: Sequence[float], usual: float) -> list[float]:
    groups = [(time, len(list(rows))) for time, rows in itertools.groupby(times)]
    ends = [time for time, _ in groups[1:]] + [groups[-1][0] + usual]
    return [
        time + k * (end - time) / count for (time, count), end in zip(groups, ends, strict=True) for k in range(count)
    ]
