"""The audit log: who did what, each record sealing the one before it, so that a change or a cut shows.

One JSON object a line. ``seal`` is HMAC-SHA-256 over the seal before and the record's canonical JSON; without
the key nobody can write a record that fits. The count of records is sealed too, so a cut end shows as soon as
the last known seal is compared. A line that was cut off while it was written (a full disk, a kill) was never told to
anybody as written: it is taken away, and the chain goes on after the record before it.
"""

from __future__ import annotations

import errno
import hashlib
import hmac
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from andon_security.errors import SecurityError

_log = structlog.get_logger(__name__)
_FIRST = "0" * 64
_BLOCK = 4_096


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check of the chain found: ``broken_at`` is the number of the first record that does not fit."""

    records: int
    whole: bool
    broken_at: int | None = None


class AuditLog:
    """Append-only; safe from several threads of one process."""

    def __init__(self, path: Path, key: bytes, now: Callable[[], float] = time.time) -> None:
        self._path = path
        self._key = key
        self._now = now
        self._lock = threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._mend()
        self._number, self._seal = self._last()

    @property
    def count(self) -> int:
        """Records so far."""
        return self._number

    def append(self, kind: str, who: str, what: str, **more: Any) -> dict[str, Any]:
        """Write a record, durably: ``kind`` is command, login, refusal, credential, link ...; returns it.

        Raises:
            OSError: it could not be written; nothing of it stays in the file.
        """
        with self._lock:
            record: dict[str, Any] = {
                "n": self._number + 1,
                "t": round(self._now() * 1e6),
                "kind": kind,
                "who": who,
                "what": what,
                **({"more": more} if more else {}),
            }
            record["seal"] = self._seal_of(record, self._seal)
            line = json.dumps(record, separators=(",", ":"), sort_keys=True) + "\n"
            with self._path.open("ab", buffering=0) as file:
                end = file.tell()
                try:
                    if file.write(line.encode()) < len(line.encode()):
                        raise OSError(errno.ENOSPC, "no room for a whole record", str(self._path))
                    os.fsync(file.fileno())
                except OSError:
                    file.truncate(end)
                    raise
            self._path.chmod(0o600)
            self._number, self._seal = record["n"], record["seal"]
            return record

    def records(self) -> Iterator[dict[str, Any]]:
        """All records, oldest first."""
        if not self._path.exists():
            return
        with self._path.open(encoding="utf-8") as file:
            for line in file:
                yield json.loads(line)

    def verify(self) -> Verdict:
        """Read the whole chain again."""
        seal, count = _FIRST, 0
        try:
            for record in self.records():
                found = record.pop("seal", "")
                if record.get("n") != count + 1 or not hmac.compare_digest(found, self._seal_of(record, seal)):
                    return Verdict(count, whole=False, broken_at=count + 1)
                seal, count = found, count + 1
        except ValueError:
            return Verdict(count, whole=False, broken_at=count + 1)
        return Verdict(count, whole=True)

    def _seal_of(self, record: dict[str, Any], before: str) -> str:
        text = json.dumps({k: v for k, v in record.items() if k != "seal"}, separators=(",", ":"), sort_keys=True)
        return hmac.new(self._key, f"{before}{text}".encode(), hashlib.sha256).hexdigest()

    def _mend(self) -> None:
        """Take away a last line without an end."""
        if not self._path.exists():
            return
        with self._path.open("rb+") as file:
            size = end = file.seek(0, os.SEEK_END)
            while end:
                start = max(0, end - _BLOCK)
                file.seek(start)
                found = file.read(end - start).rfind(b"\n")
                if found >= 0:
                    end = start + found + 1
                    break
                end = start
            if end < size:
                _log.warning("an unfinished audit record is taken away", file=str(self._path), bytes=size - end)
                file.truncate(end)

    def _last(self) -> tuple[int, str]:
        last: dict[str, Any] | None = None
        try:
            for last in self.records():  # noqa: B007 - only the last is wanted
                pass
        except ValueError as error:
            raise SecurityError(
                f"{self._path} has a line that is no record ({error}); move the file away to begin a new chain"
            ) from error
        return (last["n"], last["seal"]) if last else (0, _FIRST)
