"""Series as tables for programs that compute: Arrow streams and Parquet files.

One row a value: machine, signal, unit, ``t`` (microseconds UTC), ``time`` (the same as a timestamp) and value.
nanoarrow writes the one, DuckDB the other; both are small beside pyarrow, a quarter of the environment.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import duckdb
import numpy as np
from fastapi.responses import Response

from andon_platform.data.port import Series

ARROW: Final = "application/vnd.apache.arrow.stream"
PARQUET: Final = "application/vnd.apache.parquet"


def _columns(found: Sequence[Series], units: Sequence[str]) -> dict[str, Any]:
    counts = [len(s.times) for s in found]
    return {
        "machine": np.repeat(np.array([s.machine for s in found], object), counts),
        "signal": np.repeat(np.array([s.signal for s in found], object), counts),
        "unit": np.repeat(np.array(list(units), object), counts),
        "t": np.concatenate([np.asarray(s.times, np.int64) for s in found]),
        "value": np.concatenate([np.asarray(s.values, np.float64) for s in found]),
    }


def parquet(found: Sequence[Series], units: Sequence[str]) -> Response:
    """A Parquet file. Costs tens of milliseconds: call it in a thread."""
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as memory:
        path = Path(folder) / "series.parquet"
        memory.register("series", _columns(found, units))
        memory.execute(
            "COPY (SELECT machine::VARCHAR AS machine, signal::VARCHAR AS signal, unit::VARCHAR AS unit, t, "
            "make_timestamp(t) AS time, value FROM series) TO $path (FORMAT parquet, COMPRESSION zstd)",
            {"path": str(path)},
        )
        return _file(path.read_bytes(), PARQUET, "series.parquet")


def arrow(found: Sequence[Series], units: Sequence[str]) -> Response:
    """An Arrow IPC stream of one record batch. Call it in a thread."""
    import nanoarrow as na
    from nanoarrow.ipc import StreamWriter

    columns = _columns(found, units)
    text = {name: na.c_array(columns[name].tolist(), na.string()) for name in ("machine", "signal", "unit")}
    children = [
        *text.values(),
        na.c_array(columns["t"], na.int64()),
        na.c_array_from_buffers(na.timestamp("us", "UTC"), len(columns["t"]), [None, columns["t"]]),
        na.c_array(columns["value"], na.float64()),
    ]
    names = [*text, "t", "time", "value"]
    schema = na.struct({name: child.schema for name, child in zip(names, children, strict=True)})
    batch = na.c_array_from_buffers(schema, len(columns["t"]), [None], children=children)
    out = io.BytesIO()
    with StreamWriter.from_writable(out) as writer:
        writer.write_array(batch)
    return _file(out.getvalue(), ARROW, "series.arrows")


def _file(data: bytes, kind: str, name: str) -> Response:
    headers = {"Vary": "Accept", "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(data, media_type=kind, headers=headers)
