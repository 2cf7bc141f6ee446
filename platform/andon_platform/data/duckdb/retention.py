"""What has to go: raw chunks by age or for space, minutes by age. Events and quarantine of a dropped chunk move to the
base, where they stay as long as minutes; of the quarantine only as much as is a small part of the disk's limit, since
anybody who may send can fill it."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from andon_platform.data.aggregate import HOUR, floor
from andon_platform.data.duckdb.chunk import Chunk
from andon_platform.data.duckdb.files import Files
from andon_platform.data.duckdb.schema import Dimensions

#: The part of the disk's limit that quarantine of dropped chunks may take, and what an entry takes besides its payload.
QUARANTINE_SHARE, ENTRY_BYTES = 0.1, 300


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


def absorb(
    cursor: duckdb.DuckDBPyConnection, chunk: Chunk, dimensions: Dimensions, now: int, raw_floor: int, limits: Limits
) -> int:
    """Move what outlives the chunk into the base, and note that the chunk's file is to go: one transaction. Gives how
    many of the oldest quarantined messages were dropped."""
    cursor.execute("BEGIN")
    try:
        cursor.execute("DELETE FROM base.machines")
        cursor.execute("DELETE FROM base.signals")
        dimensions.save_all(cursor, "base")
        cursor.execute(f"INSERT INTO base.events SELECT * FROM {chunk.alias}.events")
        dropped = _move_quarantine(cursor, chunk, int(limits.disk * QUARANTINE_SHARE))
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
    return dropped


def _move_quarantine(cursor: duckdb.DuckDBPyConnection, chunk: Chunk, limit: int) -> int:
    """The newest that together take no more than ``limit`` bytes stay; gives how many do not."""
    both = f"SELECT * FROM base.quarantine UNION ALL SELECT * FROM {chunk.alias}.quarantine"
    taken = f"sum(octet_length(payload) + {ENTRY_BYTES}) OVER (ORDER BY received DESC, id DESC)"
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE over AS SELECT id FROM (SELECT id, {taken} AS taken FROM ({both})) "
                   f"WHERE taken > {limit}")  # fmt: skip
    cursor.execute("DELETE FROM base.quarantine WHERE id IN (SELECT id FROM over)")
    cursor.execute(
        f"INSERT INTO base.quarantine SELECT * FROM {chunk.alias}.quarantine WHERE id NOT IN (SELECT id FROM over)"
    )
    cursor.execute(f"INSERT INTO base.replayed SELECT * FROM {chunk.alias}.replayed")
    found = cursor.execute("SELECT count(*) FROM over").fetchone()
    cursor.execute("DROP TABLE over")
    return int(found[0]) if found else 0


def trim(cursor: duckdb.DuckDBPyConnection, limits: Limits, now: int) -> None:
    """Delete minutes, and what is kept of dropped chunks, that are too old; the file uses their space again."""
    before = floor(now - limits.minute, HOUR)
    cursor.execute("DELETE FROM base.minute WHERE t < ?", [before])
    cursor.execute("DELETE FROM base.delay WHERE t < ?", [before])
    cursor.execute("DELETE FROM base.events WHERE t < ?", [before])
    cursor.execute("DELETE FROM base.quarantine WHERE received < ?", [before])
    cursor.execute("DELETE FROM base.replayed WHERE moment < ?", [before])
