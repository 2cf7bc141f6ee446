"""Messages put together again from rows, by their numbers."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import msgspec
from andon_contracts.messages import Event, Quality, Sample, Telemetry

from andon_platform.data.duckdb.chunk import Chunk
from andon_platform.data.duckdb.reads import happened
from andon_platform.data.duckdb.schema import VALUES, WIDTH, Dimensions
from andon_platform.data.port import MessageQuery

_event = msgspec.json.Decoder(Event)
_quality = msgspec.json.Decoder(dict[str, Quality])


def messages(
    cursor: duckdb.DuckDBPyConnection, chunks: Sequence[Chunk], dimensions: Dimensions, query: MessageQuery
) -> list[Telemetry | Event]:
    """See the port."""
    mid = dimensions.mids.get(query.machine)
    if mid is None:
        return []
    where = "mid = ? AND epoch = ? AND seq >= ? AND seq <= ?"
    asked = [mid, query.epoch, query.first, query.last]
    rows = " UNION ALL ".join(
        f"SELECT seq, t, part, q, {', '.join(VALUES)} FROM {c.alias}.{table} WHERE {where}"
        for c in chunks
        for table in ("raw", "late")
    )
    events = f"SELECT seq, payload FROM ({happened(chunks)}) WHERE {where}"
    every = len(chunks) * 2
    # first the number at which the limit is reached, then all rows up to it
    last = cursor.execute(
        f"SELECT max(seq) FROM (SELECT seq FROM ({rows}) UNION SELECT seq FROM ({events}) "
        f"ORDER BY seq LIMIT {int(query.limit)})",
        asked * (every + 1),
    ).fetchone()
    if last is None or last[0] is None:
        return []
    asked[-1] = last[0]
    found: dict[int, Telemetry | Event] = {
        seq: _event.decode(payload) for seq, payload in cursor.execute(events, asked).fetchall()
    }
    names = {slot: name for name, slot in dimensions.slots[mid].items()}
    samples: dict[int, dict[int, Sample]] = {}
    for seq, t, part, q, *values in cursor.execute(rows, asked * every).fetchall():
        sample = samples.setdefault(seq, {}).setdefault(t, Sample(t=t, values={}))
        if q is not None:
            sample.q = _quality.decode(q)
        for column, value in enumerate(values):
            if value is not None:
                sample.values[names[part * WIDTH + column]] = value
    for seq, by_time in samples.items():
        ordered = [by_time[t] for t in sorted(by_time)]
        found[seq] = Telemetry(machine=query.machine, epoch=query.epoch, seq=seq, samples=ordered)
    return [found[seq] for seq in sorted(found)]
