"""A recording from a CSV file: separator, decimal sign, column of times and time zone are found, or given."""

from __future__ import annotations

import datetime as dt
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from andon_edge.cassettes.errors import CsvError
from andon_edge.cassettes.numbers import NUMBER, column, decimal_sign
from andon_edge.cassettes.sheet import Sheet, read_sheet
from andon_edge.cassettes.stamps import growing, parse, read_stamps, zone_of

_PROBE = 200


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
    sheet = read_sheet(path, separator)
    _check_header(path, sheet, ignore)
    notes: list[str] = []
    stamps = read_stamps(path, sheet, time_column, zone_of(path, time_zone))
    rows, seconds = sheet.rows, stamps.seconds
    if seconds[0] > seconds[-1] and all(a >= b for a, b in itertools.pairwise(seconds)):
        notes.append("the newest row stands first: played from the last to the first")
        rows, seconds = rows[::-1], seconds[::-1]
    if time_zone is None and stamps.absolute and not stamps.aware:
        notes.append("the stamps name no time zone: UTC is assumed (say it with --time-zone)")
    times = growing(path, [line for line, _ in rows], seconds, notes)
    wanted = [i for i, name in enumerate(sheet.header) if i not in stamps.columns and name not in ignore]
    decimal = decimal_sign(path, [(line, row[i]) for line, row in rows[:_PROBE] for i in wanted], sheet.separator)
    columns = {
        sheet.header[i]: column(path, sheet.header[i], [(line, row[i]) for line, row in rows], decimal) for i in wanted
    }
    _leave_out(columns, notes)
    if not columns:
        text = "no column with values is left"
        raise CsvError(path, sheet.header_line, text, "a recording needs one beside the time")
    first = dt.datetime.fromtimestamp(seconds[0], dt.UTC) if stamps.absolute else None
    shown = time_zone or ("in the stamps" if stamps.aware else "UTC") if stamps.absolute else "since the start"
    named = " and ".join(sheet.header[i] for i in stamps.columns)
    return Table(sheet.separator, decimal, named, shown, first, times, columns, notes)


def _check_header(path: Path, sheet: Sheet, ignore: Sequence[str]) -> None:
    header, line = sheet.header, sheet.header_line
    numbers = all(NUMBER.match(name) for name in header if name)
    if numbers or any(parse(name) for name in header):
        text = f"the first line holds {'numbers' if numbers else 'values'}, not names"
        raise CsvError(path, line, text, "add a line with the columns' names")
    for name in header:
        if header.count(name) > 1:
            raise CsvError(path, line, f"column {name!r} is here twice", "rename one")
    for name in ignore:
        if name not in header:
            raise CsvError(path, line, f"there is no column {name!r} to leave out", f"columns: {', '.join(header)}")


def _leave_out(columns: dict[str, list[float]], notes: list[str]) -> None:
    """Columns without a value, and the row numbers that some programs write in a column without a name."""
    for name in [name for name, values in columns.items() if all(math.isnan(v) for v in values)]:
        notes.append(f"column {name!r} holds no value and is left out")
        del columns[name]
    counted = columns.get("", [])
    if len(counted) > 1 and {round(b - a, 9) for a, b in itertools.pairwise(counted)} in ({1.0}, {-1.0}):
        notes.append("the column without a name counts the rows and is left out")
        del columns[""]
