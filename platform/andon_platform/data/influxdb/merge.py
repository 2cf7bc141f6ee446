"""Answers put together from what the server gives: pieces of stretches, windows, epochs and late rows."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

from andon_platform.data.aggregate import Aggregate, floor
from andon_platform.data.influxdb.connection import Rows, microseconds

#: Stretch, time, epoch, generation of late rows.
_Key = tuple[int, str, int, str]
Parts = list[tuple[_Key, dict[str, float]]]


def merged(found: Sequence[Rows], every: int, agg: Aggregate) -> list[tuple[int, float]]:
    """One value a bucket, oldest first; ``found`` holds the pieces of each stretch, in order."""
    buckets: dict[int, dict[_Key, dict[str, float]]] = defaultdict(lambda: defaultdict(dict))
    for i, rows in enumerate(found):
        for row in rows:
            t = microseconds(row["_time"])
            key = i, row["_time"], int(row["epoch"]), row.get("late", "")
            buckets[floor(t, every)][key][row["result"]] = float(row["_value"])
    return [(t, _value(sorted(parts.items(), key=lambda p: p[0]), agg)) for t, parts in sorted(buckets.items())]


def _value(ordered: Parts, agg: Aggregate) -> float:
    parts = [p for _, p in ordered]
    match agg:
        case "min":
            return min(p["low"] for p in parts)
        case "max":
            return max(p["high"] for p in parts)
        case "first":
            # those of raw come without a time of their own, and never beside late ones
            return min(ordered, key=lambda p: (p[0][0], p[1].get("first_t", 0.0)))[1]["first"]
        case "last":
            return max(ordered, key=lambda p: (p[0][0], p[1].get("last_t", 0.0), p[0]))[1]["last"]
    n, total = sum(p.get("n", 0.0) for p in parts), sum(p.get("total", 0.0) for p in parts)
    if agg == "count":
        return n
    if agg == "sum":
        return total
    mean = total / n
    if agg == "stddev":
        return math.sqrt(max(0.0, sum(p["n"] * (p["sd"] ** 2 + (p["total"] / p["n"] - mean) ** 2) for p in parts) / n))
    return mean
