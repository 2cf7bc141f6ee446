"""The doctor for a demo on this computer: its processes, what the edge says of itself, then the hops of every stack."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil

from andon_cli.access import admin_token
from andon_cli.demo.home import CONTAINERS, Home
from andon_cli.demo.problems import grouped
from andon_cli.doctor.edges import HOP, files, links
from andon_cli.doctor.finding import Finding, Place
from andon_cli.doctor.hops import broker, through_the_api

_STALE_S = 10.0
#: As much as a machine may hold back before it is called too much: what comes in this time, and a little.
_BEHIND_S = 15.0
_A_LITTLE = 100
#: So long an edge that was started may need until all its machines are there.
_YOUNG_S = 20.0
_AGAIN = "ask again in some seconds"


class Doctor:
    """Examines the demo on a folder."""

    def __init__(self, home: Home, now: Callable[[], float] = time.time) -> None:
        self._home, self._now = home, now
        self._running = home.read_running()
        self._connected = 0
        self._edge_is = ""
        self._states: dict[str, dict[str, Any]] = self._running.get("states", {})  # type: ignore[assignment]
        platform = "platform" in self._states
        self._place = Place(
            self._look, api="platform" if platform else "api", ingest="platform" if platform else "ingest"
        )

    def examine(self) -> Iterator[Finding]:
        """The findings, hop by hop."""
        gone = self._gone()
        if gone:
            yield gone
            return
        yield from self._processes()
        host, _, port = str(self._running["mqtt"]).partition(":")
        yield broker(str(self._running["broker"]), host, int(port), self._home.secrets / "edge", self._place)
        yield from self._edge()
        with httpx.Client(base_url=str(self._running["url"]), trust_env=False, timeout=10) as client:
            key = self._home.secrets / "api" / "signing-key"
            client.headers["Authorization"] = f"Bearer {admin_token(key)}"
            yield from through_the_api(client, self._place, self._now, connected=self._connected, edge=self._edge_is)
        yield self._published()

    def _gone(self) -> Finding | None:
        """That nothing runs, or only what a killed demo left."""
        if not self._running:
            return self._not_running()
        pid = int(self._running["pid"])  # type: ignore[call-overload]
        if _state(pid, float(self._running["created"])) is None:  # type: ignore[arg-type]
            seen = f"process {pid}, which started all others, is gone"
            return Finding(
                "processes", False, seen, f"{self._home.typed('andon demo')} starts again, and goes on where it was"
            )
        return None

    def _not_running(self) -> Finding:
        home = self._home
        if not home.used:
            seen, _, remedy = home.unused.partition(": ")
            return Finding("processes", False, seen, remedy)
        holder = home.holder
        if holder:
            return Finding("processes", False, f"{holder} has begun on {home.root}", _AGAIN)
        remedy = f"start it: {home.typed('andon demo')}. {CONTAINERS}"
        return Finding("processes", False, f"no demo runs on {home.root} now", remedy)

    def _processes(self) -> Iterator[Finding]:
        rows = {row["name"]: row for row in self._running["children"]}  # type: ignore[attr-defined]
        for name, known in self._states.items():
            row = rows.get(name)
            state = _state(row["pid"], row["created"]) if row else None
            often = f", restarted {known['restarts']}×" if known["restarts"] else ""
            if row and state == psutil.STATUS_STOPPED:
                seen = f"process {row['pid']} is suspended{often}"
                yield Finding(name, False, seen, f"let it go on: kill -CONT {row['pid']}")
            elif row and state:
                # a child that is not ready yet tells so here, and its own hops below say what is missing
                starts = "" if known["state"] == "running" else f", {known['state']}"
                yield Finding(name, True, f"process {row['pid']} runs{often}{starts}")
            elif known["state"] in ("waiting", "starting"):
                yield Finding(name, False, "is being started", _AGAIN)
            else:
                yield Finding(name, False, f"the process is gone{often}", f"it is started again; {self._look(name)}")

    def _edge(self) -> Iterator[Finding]:
        began = self._edge_began()
        young = began is not None and self._now() - began < _YOUNG_S
        since = f"the edge began {self._now() - began:.0f} s ago" if began is not None else "the edge does not run"
        self._edge_is = f"{since}: {_AGAIN}" if young else f"{since}: {self._look('edge')}"
        if began is None and "edge" in self._states:  # what it said last is no more true
            yield Finding(HOP, False, since, self._look("edge"), follows=True)
            return
        try:
            path = self._home.edge_status
            status, said = json.loads(path.read_text()), path.stat().st_mtime
        except (OSError, ValueError):
            yield Finding(HOP, False, "the edge has not said anything yet", self._look("edge"), follows=True)
            return
        if began is not None and said < began:  # it was started again, and that is of the one before
            seen = f"{since} and has said nothing yet"
            yield Finding(HOP, False, seen, _AGAIN if young else self._look("edge"), follows=True)
            return
        age = self._now() - said
        if age > _STALE_S:
            yield Finding(HOP, False, f"the edge said nothing for {age:.0f} s", self._look("edge"), follows=True)
            return
        problems = grouped(status.get("problems", []))
        yield from files(problems)
        for text in status.get("warnings", []):
            yield Finding("machine files", True, f"warning: {text}")
        machines, connected = status["machines"], status["connected"]
        # while nothing is produced, nothing is published: machines may be silent with a good connection
        self._connected = 0 if self._home.production_stop.exists() else connected
        look = self._look("edge")
        if machines and young:
            look = f"{since}, and machines connect one after another: {_AGAIN}"
            self._connected = 0  # what has just connected announces itself now
        yield links(HOP, machines, connected, problems, look)
        if self._home.production_stop.exists():
            yield Finding(HOP, False, "production is stopped", f"remove {self._home.production_stop}")
        behind = status["sent"] - status["settled"] - status["voided"]
        well = behind < _A_LITTLE + _BEHIND_S * status["messages_per_s"]
        remedy = "nothing is lost: journals hold it. Ingest does not keep up or does not run, or the broker drops it"
        seen = f"{status['sent']:,} sent, {status['settled']:,} settled, {behind:,} on their way"
        yield Finding("journal → store", well, seen, "" if well else f"{remedy}: see the hops below", follows=True)

    def _edge_began(self) -> float | None:
        """When its process was created (seconds since 1970); None where there is none."""
        rows = self._running["children"]
        row = next((row for row in rows if row["name"] == "edge"), None)  # type: ignore[attr-defined]
        return float(row["created"]) if row and _state(row["pid"], row["created"]) else None

    def _published(self) -> Finding:
        """Whether what people type answers; without a token, which is nothing to send to whoever answers there."""
        url = str(self._running["console"])
        try:
            # whose certificate it is matters to browsers, and not to whether something answers
            answer = httpx.get(url, trust_env=False, timeout=10, verify=False, headers={"Accept": "text/html"})
        except httpx.HTTPError as error:
            seen = f"{url} does not answer from this computer: {error}"
            return Finding("address", False, seen, self._look(self._place.api), follows=True)
        # 401: the page that says how to get a link
        well = answer.status_code in (200, 401)
        return Finding("address", well, f"{url} answers", "" if well else self._look(self._place.api))

    def _look(self, name: str) -> str:
        log = self._home.logs / f"{name}.log"
        words = _last_words(log)
        return f"its log is {log}" + (f"; it ends with: {words}" if words else "")


def _state(pid: int, created: float) -> str | None:
    """The process's state, or None where it is gone: a pid is used again, a time of creation is not."""
    try:
        process = psutil.Process(pid)
        status = str(process.status())
        return None if status == psutil.STATUS_ZOMBIE or abs(process.create_time() - created) > 1.0 else status
    except psutil.NoSuchProcess:
        return None
    except psutil.AccessDenied:
        return str(psutil.STATUS_RUNNING)


def _last_words(path: Path) -> str:
    try:
        lines = path.read_text(errors="replace").strip().splitlines()
    except OSError:
        return ""
    return " ".join(lines[-1].split())[:200] if lines else ""
