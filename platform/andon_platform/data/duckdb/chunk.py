"""A file of raw data: which times its rows hold, what it takes on the disk, who reads it."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(slots=True)
class Extent:
    """The extreme times of some rows; None: there are none."""

    first: int | None = None
    last: int | None = None

    def widen(self, first: int, last: int) -> None:
        """Rows of [first, last] were added."""
        self.first = first if self.first is None else min(self.first, first)
        self.last = last if self.last is None else max(self.last, last)

    def meets(self, start: int, stop: int) -> bool:
        """Whether there can be rows of [start, stop)."""
        return self.first is not None and self.last is not None and self.first < stop and start <= self.last


@dataclass(slots=True, eq=False)
class Chunk:
    """``raw``: its ordinary rows. ``late``: those that came when older chunks of their time were gone already."""

    number: int
    path: Path
    alias: str
    sorted: bool
    raw: Extent = field(default_factory=Extent)
    late: Extent = field(default_factory=Extent)
    readers: int = 0
    dead: bool = False

    @property
    def has_rows(self) -> bool:
        """Whether it holds any samples."""
        return self.raw.first is not None or self.late.first is not None

    @property
    def bytes(self) -> int:
        """On disk, with its write-ahead log."""
        return sum(size(p) for p in (self.path, self.path.with_name(self.path.name + ".wal")))


def size(path: Path) -> int:
    """The file's size, 0 if there is none."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def remove(path: Path) -> None:
    """Delete the file and its write-ahead log, where they are."""
    for p in (path, path.with_name(path.name + ".wal")):
        # Windows keeps what is still open; the next open finds it again
        with contextlib.suppress(FileNotFoundError, PermissionError):
            p.unlink()
