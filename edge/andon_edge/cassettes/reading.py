"""A recording as a CSV file: separator, decimal sign, time column and time zone found, or given.

Errors::

    CsvError    the file cannot be a recording; says the line (1 is the header) and what to do
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import itertools
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_SEPARATORS = (";", "\t", "|", ",")
_PROBE = 200
_TIME_NAME = re.compile(r"time|date|timestamp|datetime|zeit|datum|ts|t|epoch", re.I)
_NUMBER = re.compile(r"[-+]?(\d+([.,]\d*)?|[.,]\d+)([eE][-+]?\d+)?\Z")
_MISSING = {"", "na", "n/a", "nan", "null", "none", "-", "?"}
#: Tried in this order after ISO 8601; day first is the way of most countries, and 13/2 decides for itself.
_FORMATS = (
    "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M:%S.%f", "%d.%m.%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M",
    "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%d-%b-%Y %H:%M:%S",
)  # fmt: skip
#: Seconds, milliseconds, microseconds, nanoseconds since 1970, by size: 2001 to 2286 in each.
_EPOCHS = ((1e9, 1.0), (1e12, 1e-3), (1e15, 1e-6), (1e18, 1e-9))


class CsvError(ValueError):
    """The file cannot be a recording."""

    def __init__(self, path: Path, line: int, text: str, remedy: str = "") -> None:
        super().__init__(f"{path}:{line}: {text}" + (f" ({remedy})" if remedy else ""))
        self.path, self.line, self.text, self.remedy = path, line, text, remedy


@dataclass(slots=True)
class Table:
    """``times``: seconds since the first row, growing; ``columns``: values, NaN where the file has none."""

    separator: str
    decimal: str
    time_column: str
    time_zone: str
    first: dt.datetime | None
    times: list[float]
    columns: dict[str, list[float]]
    notes: list[str] = field(default_factory=list)


def read_table(
    path: Path,
    *,
    time_column: str | None = None,
    separator: str | None = None,
    time_zone: str | None = None,
    ignore: Sequence[str] = (),
) -> Table:
    """Read a recording.

    Raises:
        CsvError: with line and remedy.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        text = path.read_bytes().decode("latin-1")
    except OSError as error:
        raise CsvError(path, 1, f"cannot be read: {error.strerror}") from error
    lines = text.splitlines()
    if len(lines) < 3:
        raise CsvError(path, len(lines) or 1, "a recording has a header and at least two rows")
    separator = separator or _separator(path, lines)
    rows = list(csv.reader(io.StringIO(text), delimiter=separator))
    header = [name.strip() for name in rows[0]]
    _check_header(path, header, ignore)
    body = [(i, row) for i, row in enumerate(rows[1:], 2) if any(cell.strip() for cell in row)]
    for line, row in body:
        if len(row) != len(header):
            text = f"{len(row)} values where the header has {len(header)}"
            raise CsvError(path, line, text, f"is {separator!r} the separator? say so with --separator")
    index = _time_index(path, header, body, time_column)
    decimal = "," if separator != "," and _has_decimal_comma(body, index) else "."
    notes: list[str] = []
    zone = _zone(path, time_zone)
    stamps, aware, absolute = _times(path, body, index, zone)
    if time_zone is None and absolute and not aware:
        notes.append("the stamps name no time zone: UTC is assumed (say it with --time-zone)")
    times = _relative(path, [line for line, _ in body], stamps, notes)
    columns = {
        name: _column(path, name, body, i, decimal)
        for i, name in enumerate(header)
        if i != index and name not in ignore
    }
    empty = [name for name, values in columns.items() if all(math.isnan(v) for v in values)]
    for name in empty:
        notes.append(f"column {name!r} holds no value and is left out")
        del columns[name]
    if not columns:
        raise CsvError(path, 1, "no column with values is left", "a recording needs one beside the time")
    first = dt.datetime.fromtimestamp(stamps[0], dt.UTC) if absolute else None
    shown = time_zone or ("in the stamps" if aware else "UTC")
    return Table(separator, decimal, header[index], shown, first, times, columns, notes)


def _separator(path: Path, lines: list[str]) -> str:
    head = [line for line in lines[:20] if line.strip()]
    best, width = "", 1
    for candidate in _SEPARATORS:
        counts = {len(row) for row in csv.reader(head, delimiter=candidate)}
        if len(counts) == 1 and (columns := counts.pop()) > width:
            best, width = candidate, columns
    if not best:  # rows of unequal length: the header decides, and the row with the mistake is named later
        best = max(_SEPARATORS, key=lines[0].count)
        if best not in lines[0]:
            raise CsvError(path, 1, "no separator found (; , tab |)", "say it with --separator")
    return best


def _check_header(path: Path, header: list[str], ignore: Sequence[str]) -> None:
    if all(_NUMBER.match(name) for name in header if name):
        raise CsvError(path, 1, "the first line holds numbers, not names", "add a line with the columns' names")
    for name in header:
        if header.count(name) > 1:
            raise CsvError(path, 1, f"column {name!r} is here twice", "rename one")
    for name in ignore:
        if name not in header:
            raise CsvError(path, 1, f"there is no column {name!r} to leave out", f"columns: {', '.join(header)}")


def _time_index(path: Path, header: list[str], body: list[tuple[int, list[str]]], given: str | None) -> int:
    if given is not None:
        if given not in header:
            raise CsvError(path, 1, f"there is no column {given!r}", f"columns: {', '.join(header)}")
        return header.index(given)
    probe = [row for _, row in body[:_PROBE]]
    dates = [i for i in range(len(header)) if all(_parse_date(row[i].strip()) for row in probe)]
    named = [i for i, name in enumerate(header) if _TIME_NAME.fullmatch(name.split("[")[0].split("(")[0].strip())]
    numbers = [i for i in named if all(_NUMBER.match(row[i].strip()) for row in probe)]
    for found in (*(i for i in dates if i in named), *dates, *numbers):
        return int(found)
    raise CsvError(path, 1, "no column holds times", f"name it with --time-column (columns: {', '.join(header)})")


def _has_decimal_comma(body: list[tuple[int, list[str]]], index: int) -> bool:
    cells = [c.strip() for _, row in body[:_PROBE] for i, c in enumerate(row) if i != index]
    return sum("," in c for c in cells if _NUMBER.match(c)) > sum("." in c for c in cells if _NUMBER.match(c))


def _zone(path: Path, name: str | None) -> dt.tzinfo:
    if name is None or name.upper() in ("UTC", "Z"):
        return dt.UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise CsvError(path, 1, f"there is no time zone {name!r}", "write it as Europe/Berlin") from error


def _parse_date(text: str) -> dt.datetime | None:
    if _NUMBER.match(text) or len(text) < 8:
        return None
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        pass
    for pattern in _FORMATS:
        try:
            return dt.datetime.strptime(text, pattern)
        except ValueError:
            continue
    return None


def _times(
    path: Path, body: list[tuple[int, list[str]]], index: int, zone: dt.tzinfo
) -> tuple[list[float], bool, bool]:
    """Seconds, whether the stamps name their zone, and whether they are dates (or seconds from a start)."""
    first = body[0][1][index].strip()
    if _NUMBER.match(first):
        raw = [_number(path, line, row[index], ".") for line, row in body]
        scale = next((s for size, s in reversed(_EPOCHS) if raw[0] >= size), None)
        return [value * (scale or 1.0) for value in raw], scale is not None, scale is not None
    patterns = [p for p in _FORMATS if _fits(first, p)]
    for pattern in patterns:  # a pattern must fit every row: 1/2 may be either, 13/2 cannot
        if all(_fits(row[index].strip(), pattern) for _, row in body):
            patterns = [pattern]
            break
    stamps, aware = [], False
    for line, row in body:
        text = row[index].strip()
        found = dt.datetime.strptime(text, patterns[0]) if patterns and _fits(text, patterns[0]) else _parse_date(text)
        if found is None:
            raise CsvError(path, line, f"{text!r} is no time", "write it as 2026-11-23 14:05:00")
        aware = aware or found.tzinfo is not None
        stamps.append((found if found.tzinfo else found.replace(tzinfo=zone)).timestamp())
    return stamps, aware, True


def _fits(text: str, pattern: str) -> bool:
    try:
        dt.datetime.strptime(text, pattern)
    except ValueError:
        return False
    return True


def _relative(path: Path, lines: list[int], stamps: list[float], notes: list[str]) -> list[float]:
    """Growing seconds since the first row. A few steps back (a clock set to winter time) are played over."""
    steps = [b - a for a, b in itertools.pairwise(stamps)]
    back = [i for i, step in enumerate(steps) if step <= 0]
    if not back:
        return [round(stamp - stamps[0], 6) for stamp in stamps]
    line = lines[back[0] + 1]
    if len(back) > max(2, len(steps) // 100):
        raise CsvError(path, line, f"time does not grow here, and in {len(back)} rows in all", "sort the file by time")
    usual = sorted(step for step in steps if step > 0)[len(steps) // 2]
    notes.append(f"line {line}: time steps back by {-steps[back[0]]:g} s; played as {usual:g} s, the usual step")
    times = [0.0]
    for step in steps:
        times.append(round(times[-1] + (step if step > 0 else usual), 6))
    return times


def _column(path: Path, name: str, body: list[tuple[int, list[str]]], i: int, decimal: str) -> list[float]:
    values = []
    for line, row in body:
        try:
            values.append(_number(path, line, row[i], decimal))
        except CsvError as error:
            raise CsvError(path, line, f"column {name!r}: {error.text}", f"mend it, or --ignore {name!r}") from None
    return values


def _number(path: Path, line: int, text: str, decimal: str) -> float:
    text = text.strip()
    if text.lower() in _MISSING:
        return math.nan
    if not _NUMBER.match(text):
        raise CsvError(path, line, f"{text!r} is no number")
    return float(text.replace(",", ".") if decimal == "," else text)


def finite(values: Iterable[float]) -> list[float]:
    """Those values that are there."""
    return [value for value in values if math.isfinite(value)]
