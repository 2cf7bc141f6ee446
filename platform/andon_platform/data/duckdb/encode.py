"""A batch as columns: numpy arrays that DuckDB reads in place."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
from andon_contracts.messages import Event, Telemetry

from andon_platform.data.duckdb.schema import RAW_COLUMNS, VALUES, WIDTH, Dimensions

Columns = dict[str, npt.NDArray[Any]]
_json = msgspec.json.Encoder().encode

INSERT_RAW = (
    "INSERT INTO {0}("
    + RAW_COLUMNS
    + ") SELECT mid, part, epoch, seq, t, {1}, "
    + ", ".join(f"if(isnan({v}), NULL, {v})" for v in VALUES)
    + " FROM batch"
)
"""``{0}`` is the table, ``{1}`` is ``q`` or NULL. Values are finite (ingest saw to it): NaN stands for absent
on the way."""


def raw_columns(messages: Iterable[Telemetry], dimensions: Dimensions) -> tuple[Columns, int]:
    """Columns of ``raw`` (``q`` where any has qualities), and the number of values."""
    mids: list[int] = []
    parts: list[int] = []
    epochs: list[int] = []
    seqs: list[int] = []
    times: list[int] = []
    cells: list[list[int]] = []
    bases: list[int] = []
    values: list[Iterable[float]] = []
    qualities: dict[int, str] = {}
    known, layouts = dimensions.mids, dimensions.layouts
    row = 0
    for message in messages:
        mid = known.get(message.machine) or dimensions.mid(message.machine)
        for sample in message.samples:
            names = tuple(sample.values)
            layout = layouts.get((mid, names)) or dimensions.layout(mid, names)
            bases.append(row)
            cells.append(layout.cells)
            values.append(sample.values.values())
            if sample.q:
                qualities[row] = _json(sample.q).decode()
            for part in layout.parts:
                mids.append(mid)
                parts.append(part)
                epochs.append(message.epoch)
                seqs.append(message.seq)
                times.append(sample.t)
                row += 1
    matrix = np.full(row * WIDTH, np.nan)
    flat = np.fromiter(chain.from_iterable(cells), np.int64)
    counts = np.fromiter(map(len, cells), np.int64, len(cells))
    flat += np.repeat(np.array(bases, np.int64) * WIDTH, counts)
    matrix[flat] = np.fromiter(chain.from_iterable(values), np.float64, len(flat))
    columns: Columns = {
        "mid": np.array(mids, np.int32),
        "part": np.array(parts, np.uint8),
        "epoch": np.array(epochs, np.int64),
        "seq": np.array(seqs, np.int64),
        "t": np.array(times, np.int64),
    }
    by_column = np.ascontiguousarray(matrix.reshape(row, WIDTH).T)
    columns.update(zip(VALUES, by_column, strict=True))
    if qualities:
        columns["q"] = np.array([qualities.get(i) for i in range(row)], object)
    return columns, len(flat)


def by_table(columns: Columns, oldest: int, gone: int) -> dict[str, Columns]:
    """Which rows go to ``raw`` and which, because they are before ``gone``, to ``late``; tables without rows are
    absent. ``oldest`` is the smallest time: nearly always nothing has to be taken apart."""
    times = columns["t"]
    if not len(times):
        return {}
    if oldest >= gone:
        return {"raw": columns}
    late = times < gone
    parts = {"late": {name: c[late] for name, c in columns.items()}}
    if not late.all():
        parts["raw"] = {name: c[~late] for name, c in columns.items()}
    return parts


def event_columns(events: Iterable[Event], dimensions: Dimensions) -> Columns:
    """Columns of ``events``."""
    found = list(events)
    return {
        "mid": np.array([dimensions.mid(e.machine) for e in found], np.int32),
        "epoch": np.array([e.epoch for e in found], np.int64),
        "seq": np.array([e.seq for e in found], np.int64),
        "t": np.array([e.t for e in found], np.int64),
        "kind": np.array([e.__struct_config__.tag for e in found], object),
        "payload": np.array([_json(e).decode() for e in found], object),
    }
