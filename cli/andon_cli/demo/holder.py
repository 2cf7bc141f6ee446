"""Which process has a demo's folder, for those who are refused it."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Holder:
    """The process that has a folder: ``who`` is "a demo", or what else needs it for itself alone."""

    who: str
    #: 0 where it has not said it yet.
    pid: int

    def __str__(self) -> str:
        return f"{self.who} (process {self.pid})" if self.pid else self.who

    @classmethod
    def read(cls, file: Path) -> Holder:
        """What :meth:`write` has written."""
        try:
            return cls(**json.loads(file.read_text()))
        except (OSError, ValueError):
            return cls("another process", 0)

    def write(self, file: Path) -> None:
        """Say it to those who come while the folder is held."""
        file.write_text(json.dumps(asdict(self)))

    @property
    def stop(self) -> str:
        """How to stop it."""
        no_kill = sys.platform == "win32" or not self.pid
        return "stop it first: Ctrl-C where it runs" + ("" if no_kill else f", or `kill {self.pid}`")


class HomeInUse(RuntimeError):
    """Another process has this folder."""

    def __init__(self, root: Path, holder: Holder) -> None:
        super().__init__(f"{holder} runs on {root}; {holder.stop}")
        self.who = holder.who
