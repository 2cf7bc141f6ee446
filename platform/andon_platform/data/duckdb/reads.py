"""Questions other than series, as functions of a cursor and the chunks they may read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb
import msgspec
from andon_contracts.messages import Event

from andon_platform.data.counting import within
from andon_platform.data.duckdb.chunk import Chunk
from andon_platform.data.duckdb.schema import VALUES, WIDTH, Dimensions
from andon_platform.data.port import CountQuery, Counts, EventQuery, Quarantined

_event = msgspec.json.Decoder(Event)
_QUARANTINE = "id, received, topic, payload, reason, detail, machine, epoch, seq"


def _union(select: str, aliases: Sequence[str]) -> str:
    return " UNION ALL ".join(select.format(a) for a in aliases)


def events(
    cursor: duckdb.DuckDBPyConnection, chunks: Sequence[Chunk], dimensions: Dimensions, query: EventQuery
) -> list[Event]:
    """See the port."""
    where, values = ["t >= ?", "t < ?"], [query.start, query.stop]
    parameters: list[Any] = list(values)
    if query.machine is not None:
        where.append("mid = ?")
        parameters.append(dimensions.mids.get(query.machine, -1))
    if query.enterprise is not None:
        where.append("list_contains(?, mid)")
        parameters.append([mid for mid, path in list(dimensions.paths.items()) if within(path, (query.enterprise,))])
    if query.kinds:
        where.append("list_contains(?, kind)")
        parameters.append(list(query.kinds))
    order = "DESC" if query.newest else "ASC"
    found = cursor.execute(
        f"SELECT payload FROM ({happened(chunks)}) JOIN ({_machines(dimensions)}) USING (mid) "
        f"WHERE {' AND '.join(where)} "
        f"ORDER BY t {order}, path {order}, seq {order} LIMIT {int(query.limit)}",
        parameters,
    ).fetchall()
    decoded = [_event.decode(text) for (text,) in found]
    return decoded[::-1] if query.newest else decoded


def counts(
    cursor: duckdb.DuckDBPyConnection, chunks: Sequence[Chunk], dimensions: Dimensions, query: CountQuery
) -> list[Counts]:
    """See the port; the sums are made where the events lie."""
    mids = [mid for mid, path in list(dimensions.paths.items()) if within(path, query.places)]
    found = cursor.execute(
        "SELECT mid, sum((payload->>'$.good')::BIGINT), sum((payload->>'$.scrap')::BIGINT), count(*), "
        f"max({{'epoch': epoch, 'seq': seq}}) FROM ({happened(chunks)}) "
        "WHERE kind = 'count' AND t >= ? AND t < ? AND list_contains(?, mid) GROUP BY mid",
        [query.start, query.stop, mids],
    ).fetchall()
    return sorted(
        (
            Counts(dimensions.paths[mid], int(good or 0), int(scrap or 0), events, newest["epoch"], newest["seq"])
            for mid, good, scrap, events, newest in found
        ),
        key=lambda c: c.machine,
    )


def happened(chunks: Sequence[Chunk]) -> str:
    """Every event once."""
    return _kept(chunks, "events")


def _kept(chunks: Sequence[Chunk], table: str) -> str:
    """Every row of a table that outlives its chunk, once: those of a chunk that is being dropped stand in the base
    already."""
    selects = [
        f"SELECT * FROM {c.alias}.{table} WHERE '{c.path.name}' NOT IN (SELECT name FROM base.dropped)" for c in chunks
    ]
    return " UNION ALL ".join([f"SELECT * FROM base.{table}", *selects])


def _machines(dimensions: Dimensions) -> str:
    # paths are of [a-z0-9-/] by contract; the replacement keeps that a matter of the contract alone
    rows = ", ".join(f"({mid}, '{path.replace(chr(39), chr(39) * 2)}')" for mid, path in list(dimensions.paths.items()))
    return f"SELECT * FROM (VALUES {rows or '(0, NULL)'}) AS m(mid, path)"


def quarantine(
    cursor: duckdb.DuckDBPyConnection,
    chunks: Sequence[Chunk],
    *,
    id: str | None = None,
    limit: int = 1,
    before: tuple[int, str] | None = None,
    reason: str | None = None,
) -> list[Quarantined]:
    """Newest first."""
    where: list[str] = ["true"]
    parameters: list[Any] = []
    for condition, value in (("q.id = ?", id), ("q.reason = ?", reason)):
        if value is not None:
            where.append(condition)
            parameters.append(value)
    if before is not None:
        where.append("(q.received < ? OR (q.received = ? AND q.id < ?))")
        parameters += [before[0], *before]
    rows = cursor.execute(
        f"SELECT {_QUARANTINE}, coalesce(r.moment, 0) FROM ({_kept(chunks, 'quarantine')}) q "
        f"LEFT JOIN (SELECT id, max(moment) AS moment FROM ({_kept(chunks, 'replayed')}) "
        f"GROUP BY id) r "
        f"USING (id) WHERE {' AND '.join(where)} ORDER BY received DESC, id DESC LIMIT {int(limit)}",
        parameters,
    ).fetchall()
    return [Quarantined(*row) for row in rows]


def newest(
    cursor: duckdb.DuckDBPyConnection, chunks: Sequence[Chunk], dimensions: Dimensions, since: int
) -> dict[str, dict[str, tuple[int, float]]]:
    """The newest value of each signal since then: asked once, when the store opens."""
    found: dict[str, dict[str, tuple[int, float]]] = {}
    names = {(mid, slot): name for mid, slots in dimensions.slots.items() for name, slot in slots.items()}
    recent = [c for c in chunks if c.raw.last is not None and c.raw.last >= since]
    if not recent:
        return found
    columns = ", ".join(f"max(t) FILTER ({v} IS NOT NULL), arg_max({v}, t) FILTER ({v} IS NOT NULL)" for v in VALUES)
    rows = _union(f"SELECT * FROM {{0}}.raw WHERE t >= {since}", [c.alias for c in recent])
    for mid, part, *pairs in cursor.execute(f"SELECT mid, part, {columns} FROM ({rows}) GROUP BY mid, part").fetchall():
        for column in range(WIDTH):
            t, value = pairs[2 * column], pairs[2 * column + 1]
            if t is not None:
                found.setdefault(dimensions.paths[mid], {})[names[mid, part * WIDTH + column]] = (t, value)
    return found


def exact(cursor: duckdb.DuckDBPyConnection, chunks: Sequence[Chunk]) -> dict[str, int]:
    """Counts from the rows themselves: what is there, and what is there twice."""
    aliases = [c.alias for c in chunks]
    filled = " + ".join(f"({v} IS NOT NULL)::INT" for v in VALUES)
    tables = [f"{alias}.{table}" for alias in aliases for table in ("raw", "late")]
    rows = _union(f"SELECT mid, part, epoch, seq, t, {filled} AS n FROM {{0}}", tables)
    found = cursor.execute(
        f"SELECT coalesce(sum(n), 0), coalesce(sum(k - 1), 0) FROM "
        f"(SELECT any_value(n) AS n, count(*) AS k FROM ({rows}) GROUP BY mid, part, epoch, seq, t)"
    ).fetchone()
    happened = _union("SELECT mid, epoch, seq FROM {0}.events", ["base", *aliases])
    messages = _union("SELECT DISTINCT mid, epoch, seq FROM {0}", tables)
    twice = cursor.execute(
        f"SELECT coalesce(sum(k - 1), 0) FROM (SELECT count(*) AS k FROM ({happened}) GROUP BY mid, epoch, seq)"
    ).fetchone()
    there = cursor.execute(f"SELECT count(*) FROM ({messages} UNION {happened})").fetchone()
    dropped = cursor.execute("SELECT coalesce(sum(messages), 0) FROM base.dropped").fetchone()
    assert found and twice and there and dropped
    return {
        "values": int(found[0]),
        "duplicated": int(found[1] + twice[0]),
        "messages_on_disk": int(there[0]),
        "messages_dropped": int(dropped[0]),
    }
