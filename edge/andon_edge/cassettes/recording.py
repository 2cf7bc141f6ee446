"""The compact recording beside a cassette's file: seconds since its start, then one column a signal."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

#: Rows of one recording: a day at 10 Hz. Every one of them lies in memory.
MAX_ROWS = 1_000_000


@dataclass(frozen=True, slots=True)
class Recording:
    """``rows[i]`` are the values at ``times[i]`` seconds, in the order of ``names``; NaN where there is none."""

    names: tuple[str, ...]
    times: tuple[float, ...]
    rows: tuple[tuple[float, ...], ...]

    @property
    def interval_s(self) -> float:
        """The usual step between two rows, seconds."""
        steps = sorted(b - a for a, b in zip(self.times, self.times[1:], strict=False))
        return steps[len(steps) // 2]

    @property
    def length_s(self) -> float:
        """One turn of the loop: the last row is shown for the usual step."""
        return self.times[-1] + self.interval_s


def write_recording(
    path: Path, names: Sequence[str], times: Sequence[float], columns: Sequence[Sequence[float]]
) -> None:
    """Write the file; a missing value is an empty cell."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["t", *names])
        for time, *values in zip(times, *columns, strict=True):
            writer.writerow([f"{time:.10g}", *("" if math.isnan(v) else f"{v:.10g}" for v in values)])


def read_recording(path: Path) -> Recording:
    """Read the file.

    Raises:
        ValueError: says the line.
        OSError: it is not there.
    """
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        header = next(reader, [])
        if header[:1] != ["t"] or len(header) < 2:
            raise ValueError("line 1: the header must be t and the signals' names")
        times: list[float] = []
        rows: list[tuple[float, ...]] = []
        for row in reader:
            try:
                time, *values = (float(cell) if cell else math.nan for cell in row)
            except ValueError as error:
                raise ValueError(f"line {reader.line_num}: {error}") from None
            if len(values) != len(header) - 1 or not (time > times[-1] if times else time == time):
                raise ValueError(f"line {reader.line_num}: values are missing, or time does not grow")
            times.append(time)
            rows.append(tuple(values))
    if not 2 <= len(rows) <= MAX_ROWS:
        raise ValueError(f"{len(rows)} rows; a recording has 2 to {MAX_ROWS}")
    return Recording(tuple(header[1:]), tuple(times), tuple(rows))
