"""Answers that every store puts together in the same way."""

from __future__ import annotations

from collections.abc import Sequence

from andon_platform.data.aggregate import DAY
from andon_platform.data.plan import Source
from andon_platform.data.port import Series, SeriesQuery


def answer(asked: SeriesQuery, points: Sequence[tuple[int, float]], every: int | None, source: Source) -> Series:
    """``points``, oldest first, may be more than the limit: one more shows that there are more."""
    kept = points[: asked.limit]
    return answer_columns(asked, [t for t, _ in kept], [v for _, v in kept], every, source, len(points) > asked.limit)


def answer_columns(
    asked: SeriesQuery,
    times: Sequence[int],
    values: Sequence[float],
    every: int | None,
    source: Source,
    truncated: bool = False,
) -> Series:
    """The same from columns, which may be longer than the limit as well."""
    return Series(
        asked.machine,
        asked.signal,
        times[: asked.limit],
        values[: asked.limit],
        every,
        "raw" if every is None else asked.agg,
        source,
        truncated or len(times) > asked.limit,
    )


def shortened(kept: int, wanted: int, limit: int) -> str:
    """What health says where raw data is kept for less long (microseconds) than was wanted, for the disk's limit."""
    return (
        f"ok; raw data is kept for {kept / DAY:.1f} instead of {wanted / DAY:g} days: "
        f"more than {limit / 1e6:.0f} MB are not allowed (ANDON_MAX_DISK)"
    )
