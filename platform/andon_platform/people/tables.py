"""How people's words and deeds lie in the registry's database. Times are microseconds UTC, 0: never."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

metadata = sa.MetaData()
#: Lengths of what people write; the API refuses what is longer.
TEXT: Final = 1_000
WORDS: Final = 200
WHO: Final = 128


def _table(name: str, *columns: sa.Column[object] | sa.Index) -> sa.Table:
    """``key``: the name that the sender gave to the action that made the row."""
    return sa.Table(
        name,
        metadata,
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("key", sa.String(96), unique=True, nullable=True),
        *columns,
    )


def _time(name: str, index: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.BigInteger, nullable=False, index=index)


def _text(name: str, length: int, index: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.String(length), nullable=False, index=index)


calls = _table(
    "cord_calls",
    _text("machine", 64, index=True),
    _text("kind", 16),
    _text("text", TEXT),
    _time("called", index=True),
    _text("called_by", WHO),
    _time("answered"),
    _text("answered_by", WHO),
    _time("resolved"),
    _text("resolved_by", WHO),
    _text("resolution", TEXT),
)
stop_reasons = _table(
    "stop_reasons",
    _text("machine", 64),
    _time("t"),
    _text("state", 16),
    _text("code", 32),
    _text("reason", WORDS),
    _text("by", WHO),
    _time("said"),
    _time("undone"),
    _text("undone_by", WHO),
    sa.Index("stop_reasons_by_machine", "machine", "t"),
)
scrap_bookings = _table(
    "scrap_bookings",
    _text("machine", 64, index=True),
    _time("t", index=True),
    sa.Column("pieces", sa.Integer, nullable=False),
    _text("reason", WORDS),
    _text("unit", WHO),
    _text("by", WHO),
    _time("undone"),
    _text("undone_by", WHO),
    _text("undone_why", WORDS),
)
#: Which counted pieces a booking means: so many of those counted at ``t``; 0: the machine has not counted it yet.
scrap_pieces = sa.Table(
    "scrap_pieces",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("booking", sa.Integer, nullable=False, index=True),
    _text("machine", 64),
    _time("t"),
    sa.Column("pieces", sa.Integer, nullable=False),
    _text("product", WHO),
    sa.Index("scrap_pieces_by_machine", "machine", "t"),
)
near_misses = _table(
    "near_misses",
    _text("place", 64, index=True),
    _time("t", index=True),
    _text("what", TEXT),
    _text("spot", WORDS),
    _text("worst", 16),
    _text("by", WHO),
    _text("state", 16),
    _time("changed"),
    _text("changed_by", WHO),
    _text("note", TEXT),
)
handovers = _table(
    "handovers",
    _text("line", 64, index=True),
    _text("shift", 64),
    _text("day", 16),
    _time("start"),
    _time("stop"),
    _text("notes", 4 * TEXT),
    sa.Column("facts", sa.Text, nullable=False),
    _time("left"),
    _text("left_by", WHO),
    _time("came"),
    _text("came_by", WHO),
    _text("came_notes", TEXT),
)
labour = _table(
    "labour",
    _text("person", WHO, index=True),
    _text("place", 64, index=True),
    _time("began"),
    _time("ended"),
    _text("by", WHO),
    _text("ended_by", WHO),
)
