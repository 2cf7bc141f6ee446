"""How a question about a signal becomes SQL, and how partials merge in it."""

from __future__ import annotations

from collections.abc import Sequence

from andon_platform.data.aggregate import Aggregate
from andon_platform.data.duckdb.chunk import Chunk
from andon_platform.data.duckdb.schema import WIDTH
from andon_platform.data.plan import Stretch

#: The columns of a partial that an aggregate needs.
NEEDS: dict[Aggregate, tuple[str, ...]] = {
    "mean": ("n", "total"),
    "min": ("low",),
    "max": ("high",),
    "first": ("first", "first_t"),
    "last": ("last", "last_t"),
    "count": ("n",),
    "sum": ("total",),
    "stddev": ("n", "total", "m2"),
}
FROM_RAW = {
    "n": "count(v)",
    "total": "sum(v)",
    "low": "min(v)",
    "high": "max(v)",
    "first": "arg_min(v, t)",
    "last": "arg_max(v, t)",
    "m2": "var_pop(v) * count(v)",
    "first_t": "min(t)",
    "last_t": "max(t)",
}
#: The columns of a roll-up, from rows (t, v) of its bucket ``b``.
ROLLED = {
    **{name: FROM_RAW[name] for name in ("n", "total", "low", "high", "first", "last", "m2")},
    "first_d": "min(t) - b",
    "last_d": "max(t) - b",
}
MERGE: dict[Aggregate, str] = {
    "mean": "sum(total) / sum(n)",
    "min": "min(low)",
    "max": "max(high)",
    "first": 'arg_min("first", first_t)',
    "last": 'arg_max("last", last_t)',
    "count": "sum(n)::DOUBLE",
    "sum": "sum(total)",
    "stddev": "sqrt(greatest(sum(m2 + n * (total / n - mean) ** 2), 0) / sum(n))",
}
#: Partials of finer buckets, merged into a partial of a coarser one (minutes into hours).
COARSEN = {
    "n": "sum(n)",
    "total": "sum(total)",
    "low": "min(low)",
    "high": "max(high)",
    "first": 'arg_min("first", t)',
    "last": 'arg_max("last", t)',
    "m2": "sum(m2 + n * (total / n - mean) ** 2)",
    "first_d": "min(t + first_d) - b",
    "last_d": "max(t + last_d) - b",
}


#: Roll-ups of an earlier version do not know where their first and last value lay: their beginning stands for it.
_OFFSETS = {"first_t": "t + coalesce(first_d, 0) AS first_t", "last_t": "t + coalesce(last_d, 0) AS last_t"}


def tables(chunks: Sequence[Chunk], start: int, stop: int) -> list[str]:
    """Where there can be rows of [start, stop)."""
    found = [f"{c.alias}.raw" for c in chunks if c.raw.meets(start, stop)]
    return found + [f"{c.alias}.late" for c in chunks if c.late.meets(start, stop)]


def raw_points(chunks: Sequence[Chunk], mid: int, slot: int, start: int, stop: int) -> str:
    """A query for (t, v) of a signal in [start, stop). Numbers only: nothing from outside enters the text."""
    part, column = divmod(slot, WIDTH)
    selects = [
        f"SELECT t, v{column} AS v FROM {table} WHERE mid = {mid} AND part = {part} "
        f"AND t >= {start} AND t < {stop} AND v{column} IS NOT NULL"
        for table in tables(chunks, start, stop)
    ]
    return " UNION ALL ".join(selects) or "SELECT 0::BIGINT AS t, 0::DOUBLE AS v WHERE false"


def bucketed(
    chunks: Sequence[Chunk], mid: int, slot: int, stretches: Sequence[Stretch], every: int, agg: Aggregate, limit: int
) -> str:
    """The query for (bucket, value), oldest first, at most ``limit``."""
    needs = NEEDS[agg]
    columns = ", ".join(_OFFSETS.get(c, f'"{c}"') for c in needs)
    selects = []
    for source, start, stop in stretches:
        if source == "raw":
            if not tables(chunks, start, stop):
                continue
            values = ", ".join(f'{FROM_RAW[c]} AS "{c}"' for c in needs)
            inner = raw_points(chunks, mid, slot, start, stop)
            selects.append(f"SELECT t - t % {every} AS b, min(t) AS t, {values} FROM ({inner}) GROUP BY 1")
        else:
            selects.append(
                f"SELECT t - t % {every} AS b, t, {columns} FROM base.{source} "
                f"WHERE mid = {mid} AND slot = {slot} AND t >= {start} AND t < {stop}"
            )
    if not selects:
        return "SELECT 0::BIGINT, 0::DOUBLE WHERE false"
    partials = " UNION ALL ".join(selects)
    if agg == "stddev":
        partials = (
            f"SELECT *, sum(total) OVER (PARTITION BY b) / sum(n) OVER (PARTITION BY b) AS mean FROM ({partials})"
        )
    return f"SELECT b, {MERGE[agg]} FROM ({partials}) GROUP BY b ORDER BY b LIMIT {limit}"
