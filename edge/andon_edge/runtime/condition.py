"""How the edge is: its figures and what is wrong, for its status file and for the account it gives the platform."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import Any

import structlog
from andon_contracts.identity import Identity
from andon_contracts.readable import readable

from andon_edge.journal import Journal
from andon_edge.runtime.account import problems_told
from andon_edge.runtime.driver import Driver
from andon_edge.runtime.files import Files
from andon_edge.runtime.fleet import Fleet
from andon_edge.runtime.status import EdgeStatus
from andon_edge.runtime.time import Times

_log = structlog.get_logger()
#: Machines' links named in the status file.
_MOST_LINKS = 20


class Condition:
    """Counts of this process are those of its journal less what that held when the process began."""

    def __init__(self, journal: Journal, driver: Driver, fleet: Fleet, files: Files, times: Times) -> None:
        self._journal, self._driver, self._fleet, self._files, self._times = journal, driver, fleet, files, times
        #: Why the journal cannot be written, or "": machines stand still then.
        self.journal_problem = ""
        self._links: dict[Identity, str] = {}
        self._rate, self._bytes = 0.0, 0
        self._measured: tuple[float, int] | None = None
        self._before = {f"{name}_before": count for name, count in self._counts().items()}

    def report(self, machine: Identity, text: str) -> None:
        """What is wrong with a machine's link; "": nothing any more."""
        if text:
            if self._links.get(machine) != text:
                _log.warning("link", machine=machine.path, problem=text)
            self._links[machine] = readable(text)
        else:
            self._links.pop(machine, None)

    def measure(self) -> None:
        """Messages a second since it was last called, and what the journal takes."""
        now, sent = self._times.monotonic(), self._counts()["sent"]
        with contextlib.suppress(sqlite3.OperationalError):  # the disk is full: the last figure stands
            self._bytes = self._journal.used_bytes()
        if self._measured is not None:
            before, count = self._measured
            self._rate = (sent - count) / max(now - before, 1e-3)
        self._measured = now, sent

    def problems(self) -> list[dict[str, Any]]:
        """As the platform takes them."""
        return problems_told(self._own(), self._links)

    def told(self) -> dict[str, Any]:
        """As ``PUT /edges/{name}`` takes it."""
        return {
            "machines": len(self._fleet.links),
            "connected": self._connected(),
            "pending": self._counts()["pending"],
            "journal_bytes": self._bytes,
            "problems": self.problems(),
        }

    def status(self, draining: bool, drained: bool) -> EdgeStatus:
        """For ``edge-status.json``."""
        links = [f"{machine}: {text}" for machine, text in list(self._links.items())[:_MOST_LINKS]]
        return EdgeStatus(
            t=self._times.now(),
            machines=len(self._fleet.links),
            connected=self._connected(),
            **self._counts(),
            resent=self._journal.resent,
            messages_per_s=round(self._rate, 1),
            journal_bytes=self._bytes,
            problems=[*self._own(), *links],
            warnings=[readable(text) for text in self._files.warnings],
            changes=self._fleet.changes(),
            draining=draining,
            drained=drained or (draining and self._fleet.pending() == 0),
            **self._before,
        )

    def _counts(self) -> dict[str, int]:
        streams = self._journal.streams.values()
        return {name: sum(getattr(s, name) for s in streams) for name in ("sent", "settled", "voided", "pending")}

    def _connected(self) -> int:
        return sum(link.connected for link in self._fleet.links.values())

    def _own(self) -> list[str]:
        """Those of no single machine's link: the journal's, worlds that failed, files that are refused."""
        journal = [self.journal_problem] if self.journal_problem else []
        failed = [h.failed for h in self._driver.worlds.values() if h.failed]
        return [readable(text) for text in (*journal, *failed, *self._files.problems)]
