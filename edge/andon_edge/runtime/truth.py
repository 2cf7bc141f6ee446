"""The ground truth log: what only the simulator knows, as JSON lines on this computer and nowhere else.

Detectors and forecasts are scored against it. Files are ``truth/truth.jsonl`` and, once that is large,
``truth-1.jsonl`` (newest) to ``truth-N.jsonl``.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import IO

import msgspec
import structlog

from andon_edge.ports import Truth

_log = structlog.get_logger()
_encoder = msgspec.json.Encoder()


class TruthLog:
    """Appends lines; at ``max_bytes`` the file is put aside, of which ``keep`` remain."""

    def __init__(self, folder: Path, *, max_bytes: int = 50_000_000, keep: int = 4) -> None:
        self._folder, self._max_bytes, self._keep = folder, max_bytes, keep
        self._file: IO[bytes] | None = None
        self._failed = False

    def write(self, lines: Iterable[Truth]) -> None:
        """Append; an empty list costs nothing. What the disk does not take is left out, and said once."""
        text = b"".join(_encoder.encode(line) + b"\n" for line in lines)
        if not text:
            return
        try:
            self._append(text)
            self._failed = False
        except OSError as error:
            self.close()
            if not self._failed:
                _log.error("ground truth cannot be written: lines are left out", error=str(error))
            self._failed = True

    def _append(self, text: bytes) -> None:
        if self._file is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            # unbuffered: a buffer that the disk did not take would fail again when the file is closed
            self._file = self._name(0).open("ab", buffering=0)
        self._file.write(text)
        if self._file.tell() >= self._max_bytes:
            self._rotate()

    def _name(self, n: int) -> Path:
        return self._folder / (f"truth-{n}.jsonl" if n else "truth.jsonl")

    def _rotate(self) -> None:
        self.close()
        for n in range(self._keep - 1, -1, -1):
            if self._name(n).exists():
                self._name(n).replace(self._name(n + 1))

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None
