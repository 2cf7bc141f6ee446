"""The table of a data product as JSON, CSV, Parquet and Arrow. The licence and the version go with each.

Parquet keeps them in its key-value metadata, Arrow in the schema's, CSV and JSON in the answer's headers.
"""

from __future__ import annotations

import io
import math
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import duckdb
import numpy as np
from fastapi.responses import Response

from andon_platform.api.answers import CSV, as_csv, iso
from andon_platform.api.tables import ARROW, PARQUET
from andon_platform.sharing.product import Format, Product
from andon_platform.sharing.reading import Table

MEDIA: Final[dict[Format, str]] = {"json": "application/json", "csv": CSV, "parquet": PARQUET, "arrow": ARROW}


def written(kind: Format, product: Product, table: Table) -> Response:
    """The answer, in any format but JSON. Costs tens of milliseconds: call it in a thread."""
    makers: dict[str, Callable[[Product, Table], Response]] = {"csv": _csv, "parquet": _parquet, "arrow": _arrow}
    return makers[kind](product, table)


def rows(table: Table) -> list[list[Any]]:
    """Rows of plain values; times as ISO 8601, missing numbers None."""
    columns = [
        [iso(int(t)) for t in data] if c.type.startswith("timestamp") else _plain(data)
        for c, data in zip(table.columns, table.data, strict=True)
    ]
    return [list(row) for row in zip(*columns, strict=True)]


def about(product: Product) -> dict[str, str]:
    """What a reader of a file has to know."""
    return {
        "andon.product": product.id,
        "andon.version": str(product.version),
        "andon.licence": product.licence.id or product.licence.name,
        "andon.licence_url": product.licence.url,
    }


def _plain(data: Any) -> list[Any]:
    found = data.tolist() if isinstance(data, np.ndarray) else data
    return [None if isinstance(v, float) and math.isnan(v) else v for v in found]


def _csv(product: Product, table: Table) -> Response:
    # a column's unit stands behind its name, since the file has no other place for it
    header = [f"{c.name} [{c.unit}]" if c.unit not in ("", "1", "us") else c.name for c in table.columns]
    return as_csv(header, rows(table), f"{product.name}-v{product.version}")


def _parquet(product: Product, table: Table) -> Response:
    sql = {"string": "{}::VARCHAR", "int64": "{}::BIGINT", "timestamp[us, UTC]": "make_timestamptz({})"}
    sql["float64"] = "CASE WHEN isnan({0}) THEN NULL ELSE {0} END"
    chosen = [
        f'{sql[c.type].format(f"c{i}")} AS "{c.name.replace(chr(34), chr(34) * 2)}"'
        for i, c in enumerate(table.columns)
    ]
    metadata = ", ".join(f"{_text(k)}: {_text(v)}" for k, v in about(product).items())
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as memory:
        path = Path(folder) / "product.parquet"
        memory.register("found", {f"c{i}": _array(c.type, d) for i, (c, d) in enumerate(_zipped(table))})
        memory.execute(
            f"COPY (SELECT {', '.join(chosen)} FROM found) TO {_text(str(path))} "
            f"(FORMAT parquet, COMPRESSION zstd, KV_METADATA {{{metadata}}})"
        )
        return _file(path.read_bytes(), PARQUET, f"{product.name}-v{product.version}.parquet")


def _arrow(product: Product, table: Table) -> Response:
    import nanoarrow as na
    from nanoarrow.ipc import StreamWriter

    kinds = {"string": na.string(), "int64": na.int64(), "float64": na.float64()}
    children = []
    for column, data in _zipped(table):
        if column.type.startswith("timestamp"):
            stamps = np.ascontiguousarray(data, np.int64)
            made = na.c_array_from_buffers(na.timestamp("us", "UTC"), len(stamps), [None, stamps])
        else:
            made = na.c_array(_plain(data), kinds[column.type])
        children.append(made)
    fields = {column.name: child.schema for column, child in zip(table.columns, children, strict=True)}
    schema = na.c_schema(na.struct(fields)).modify(
        metadata={k.encode(): v.encode() for k, v in about(product).items()},
        children=[
            child.schema.modify(name=c.name, metadata={b"unit": c.unit.encode(), b"title": c.title.encode()})
            for c, child in zip(table.columns, children, strict=True)
        ],
    )
    batch = na.c_array_from_buffers(schema, table.rows, [None], children=children)
    out = io.BytesIO()
    with StreamWriter.from_writable(out) as writer:
        writer.write_array(batch)
    return _file(out.getvalue(), ARROW, f"{product.name}-v{product.version}.arrows")


def _zipped(table: Table) -> list[tuple[Any, Any]]:
    return list(zip(table.columns, table.data, strict=True))


def _array(kind: str, data: Any) -> Any:
    return np.asarray(data, {"string": object, "float64": np.float64}.get(kind, np.int64))


def _text(value: str) -> str:
    """A literal of SQL."""
    return "'" + value.replace("'", "''") + "'"


def _file(data: bytes, kind: str, name: str) -> Response:
    return Response(data, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
