"""The hops from a machine to a page, in the order of the data; each check says what it saw and what to do."""

from __future__ import annotations

import json
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
from andon_security.mqtt import tls_context

from andon_cli.access import admin_token
from andon_cli.demo.home import Home

_STALE_S = 10.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One hop: whether it is well, what was seen, and what to do if not."""

    hop: str
    well: bool
    seen: str
    remedy: str = ""


class Doctor:
    """Examines the demo on a folder."""

    def __init__(self, home: Home, now: Callable[[], float] = time.time) -> None:
        self._home, self._now = home, now
        self._running = home.read_running()

    def examine(self) -> Iterator[Finding]:
        """The findings, hop by hop."""
        yield from self._processes()
        if not self._running:
            return
        yield self._broker()
        yield from self._machines()
        with httpx.Client(base_url=str(self._running["url"]), trust_env=False, timeout=10) as client:
            key = self._home.secrets / "api" / "signing-key"
            client.headers["Authorization"] = f"Bearer {admin_token(key)}"
            yield from self._platform(client)

    def _processes(self) -> Iterator[Finding]:
        if not self._running:
            remedy = "start one: andon demo (or name its --data-dir)"
            yield Finding("processes", False, f"no demo runs on {self._home.root}", remedy)
            return
        rows: list[dict[str, Any]] = self._running.get("children", [])  # type: ignore[assignment]
        for row in rows:
            alive = psutil.pid_exists(row["pid"])
            log = self._home.logs / f"{row['name']}.log"
            yield Finding(
                row["name"],
                alive,
                f"process {row['pid']} runs" if alive else "the process is gone",
                "" if alive else f"the demo starts it again; its last words are in {log}",
            )

    def _broker(self) -> Finding:
        host, _, port = str(self._running["mqtt"]).partition(":")
        try:
            with (
                socket.create_connection((host, int(port)), timeout=5) as plain,
                tls_context(self._home.secrets / "edge").wrap_socket(plain, server_hostname=host) as secure,
            ):
                seen = f"{self._running['broker']} on {host}:{port}, {secure.version()}"
                return Finding("machine → broker", True, seen)
        except (OSError, ssl.SSLError) as error:
            return Finding(
                "machine → broker", False, f"{host}:{port}: {error}", f"look at {self._home.logs / 'broker.log'}"
            )

    def _machines(self) -> Iterator[Finding]:
        path = self._home.edge_status
        log = self._home.logs / "edge.log"
        try:
            status, age = json.loads(path.read_text()), self._now() - path.stat().st_mtime
        except (OSError, ValueError):
            yield Finding("machines", False, "the edge has not said anything yet", f"look at {log}")
            return
        if age > _STALE_S:
            yield Finding("machines", False, f"the edge said nothing for {age:.0f} s", f"look at {log}")
            return
        for problem in status.get("problems", []):
            yield Finding("machine files", False, str(problem), "mend the file; it is read again within seconds")
        machines, connected = status["machines"], status["connected"]
        well = machines > 0 and connected == machines
        remedy = "add a file: andon machine new" if not machines else f"those that are not wait for the broker: {log}"
        yield Finding("machines", well, f"{connected} of {machines} are connected", "" if well else remedy)
        if self._home.production_stop.exists():
            yield Finding("machines", False, "production is stopped", f"remove {self._home.production_stop}")
        sent, settled = status["sent"], status["settled"]
        behind = sent - settled
        well = behind < max(1000, sent // 10)
        yield Finding(
            "journal → store",
            well,
            f"{sent:,} sent, {settled:,} settled, {behind:,} on their way",
            "" if well else "ingest does not keep up or does not run: see the hops below",
        )

    def _platform(self, client: httpx.Client) -> Iterator[Finding]:
        log = self._home.logs
        try:
            ready = client.get("/api/v1/ready")
            flow = client.get("/api/v1/flow").json()
            machines = client.get("/api/v1/machines").json()["machines"]
            latest = client.get("/api/v1/latest").json()["latest"]
            page = client.get("/")
        except (httpx.HTTPError, ValueError, KeyError) as error:
            yield Finding("API", False, f"{self._running['url']} does not answer: {error!r}", f"look at {log}")
            return
        well = ready.status_code == 200
        words = {True: "yes", False: "no"}
        said = ", ".join(f"{k} {words[v] if isinstance(v, bool) else v}" for k, v in ready.json().items() if v != "")
        yield Finding("store and API", well, said[:200], "" if well else f"look at {log}")
        stored, rate = flow.get("stored", 0), flow.get("messages_per_s", 0.0)
        well = stored > 0 and rate > 0
        remedy = "nothing reaches ingest now: are the machines connected, is production stopped?"
        yield Finding("broker → ingest → store", well, f"{stored:,} stored, {rate:,.0f}/s now", "" if well else remedy)
        online = sum(1 for m in machines if m["online"])
        yield Finding("registry", online > 0, f"{online} of {len(machines)} machines are online")
        newest = max((v["t"] for signals in latest.values() for v in signals.values()), default=0) / 1e6
        age = self._now() - newest
        well = age < _STALE_S
        remedy = "the live stream is behind: is the API connected to the broker?"
        seen = f"the newest value is {age:.1f} s old" if newest else "no value has come yet"
        yield Finding("live stream", well, seen, "" if well else remedy)
        well = page.status_code in (200, 401)
        yield Finding(
            "pages",
            well,
            f"{client.base_url} answers {page.status_code}",
            "" if well else f"look at {log / 'apps.log'}",
        )


def read_log(path: Path, lines: int = 3) -> list[str]:
    """The last lines of a log."""
    try:
        return path.read_text(errors="replace").strip().splitlines()[-lines:]
    except OSError:
        return []
