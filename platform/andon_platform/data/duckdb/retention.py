"""What has to go: raw chunks by age or for space, minutes by age. Events of a dropped chunk move to the base."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from andon_platform.data.aggregate import HOUR, floor
from andon_platform.data.duckdb.chunk import Chunk
from andon_platform.data.duckdb.files import Files
from andon_platform.data.duckdb.schema import Dimensions


@dataclass(frozen=True, slots=True)
class Limits:
    """Ages in microseconds, ``disk`` in bytes."""

    raw: int
    minute: int
    disk: int


def excess(files: Files, limits: Limits, now: int) -> str | None:
    """Why the oldest chunk has to go, or None."""
    oldest = files.chunks[0]
    if oldest is files.current and oldest.raw.last is None:
        return None
    if (oldest.raw.last or _kept(files, oldest)) < now - limits.raw:
        return f"older than {limits.raw / 24 / HOUR:g} days"
    held = files.bytes()
    if held > limits.disk:
        return f"{held / 1e6:.0f} MB are more than the {limits.disk / 1e6:.0f} MB allowed (ANDON_MAX_DISK)"
    return None


def _kept(files: Files, chunk: Chunk) -> int:
    """The newest time of a chunk without ordinary rows."""
    with files.cursor() as cursor:
        found = cursor.execute(
            f"SELECT greatest((SELECT coalesce(max(t), 0) FROM {chunk.alias}.events), "
            f"(SELECT coalesce(max(received), 0) FROM {chunk.alias}.quarantine))"
        ).fetchone()
    assert found is not None
    return int(found[0])


def absorb(cursor: duckdb.DuckDBPyConnection, chunk: Chunk, dimensions: Dimensions, now: int, raw_floor: int) -> None:
    """Move what outlives the chunk into the base, and note that the chunk's file is to go: one transaction."""
    cursor.execute("BEGIN")
    try:
        cursor.execute("DELETE FROM base.machines")
        cursor.execute("DELETE FROM base.signals")
        dimensions.save_all(cursor, "base")
        cursor.execute(f"INSERT INTO base.events SELECT * FROM {chunk.alias}.events")
        cursor.execute(
            f"INSERT INTO base.dropped SELECT ?, ?, count(*) FROM (SELECT mid, epoch, seq FROM "
            f"{chunk.alias}.raw UNION SELECT mid, epoch, seq FROM {chunk.alias}.late)",
            [chunk.path.name, now],
        )
        cursor.execute(
            "INSERT OR REPLACE INTO base.reach SELECT 'raw_floor', greatest(?, coalesce(max(t), 0)) "
            "FROM base.reach WHERE name = 'raw_floor'",
            [raw_floor],
        )
        cursor.execute("COMMIT")
    except BaseException:
        cursor.execute("ROLLBACK")
        raise


def trim(cursor: duckdb.DuckDBPyConnection, limits: Limits, now: int) -> None:
    """Delete minutes, and events of dropped chunks, that are too old; the file uses their space again."""
    before = floor(now - limits.minute, HOUR)
    cursor.execute("DELETE FROM base.minute WHERE t < ?", [before])
    cursor.execute("DELETE FROM base.events WHERE t < ?", [before])
