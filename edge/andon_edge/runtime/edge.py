"""The edge put together: driver, journal, links, plants, files; and its orderly end."""

from __future__ import annotations

import asyncio
import contextlib
import random
import sqlite3
from collections.abc import Hashable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import structlog
from andon_contracts.identity import Identity
from andon_contracts.readable import readable
from andon_security.mqtt import MqttCredential, load_credential, tls_context

from andon_edge.journal import Journal, JournalFull
from andon_edge.link.api import PlatformApi
from andon_edge.link.connection import BrokerAddress
from andon_edge.link.credentials import Credentials
from andon_edge.link.machine_link import LinkContext
from andon_edge.link.pump import Pump
from andon_edge.ports import Truth
from andon_edge.runtime.account import Account, problems_told
from andon_edge.runtime.commands import Commands
from andon_edge.runtime.driver import Driver
from andon_edge.runtime.fleet import Fleet
from andon_edge.runtime.plants import Plants
from andon_edge.runtime.recall import recall_clocks
from andon_edge.runtime.settlement import Settlement
from andon_edge.runtime.source import WorldSource
from andon_edge.runtime.status import EdgeStatus, write_status
from andon_edge.runtime.time import Times, pause
from andon_edge.runtime.truth import TruthLog
from andon_edge.settings import EdgeSettings

_log = structlog.get_logger()

#: Worlds that are due within this time are advanced together and written in one transaction: it bounds both the
#: number of transactions (50 a second) and what the journal adds to a message's way to the broker.
BATCH_S = 0.02
_CHECK_S, _MARKER_S, _CHECKPOINT_S, _RETRY_S = 1.0, 0.2, 5.0, 1.0
#: Handshakes under way at once; each takes some milliseconds of a core, and live machines share it.
_HANDSHAKES = 16


class Edge:
    """Runs until ``stop`` is set; ``source`` says which worlds there are."""

    def __init__(self, settings: EdgeSettings, source: WorldSource, stop: asyncio.Event, times: Times) -> None:
        self._settings, self._source, self._stop, self._times = settings, source, stop, times
        self._rng = random.Random()
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        self.journal = Journal(settings.journal_file, now=times.now, max_bytes=settings.journal_max_bytes)
        self._pool = ThreadPoolExecutor(max_workers=_HANDSHAKES // 4, thread_name_prefix="handshake")
        self._files = ThreadPoolExecutor(max_workers=1, thread_name_prefix="files")
        self._wake = asyncio.Event()
        tls = tls_context(settings.secrets_dir) if settings.mqtt_tls else None
        self._broker = BrokerAddress(settings.mqtt_host, settings.mqtt_port, tls, self._pool)
        self._pump = Pump(settings.resend_rate)
        self._api = PlatformApi(settings.secrets_dir, settings.api_url, lambda: tls_context(settings.secrets_dir))
        self._account = Account(self._api, settings.edge_name, self._told)
        self._truth = TruthLog(settings.data_dir / "truth")
        self.plants = Plants(self.journal, times, settings.pace, self._plant_changed)
        self._settlement = Settlement(self.journal, times.monotonic)
        self.driver = Driver(self.journal, times, self.plants.clock, self._link_down, self._write_truth)
        self.driver.stepped_back = self._stepped_back  # type: ignore[method-assign]
        self._commands = Commands(self.journal, times.now, self.driver.perform)
        context = LinkContext(
            broker=self._broker,
            credentials=Credentials(settings.secrets_dir, self._api),
            journal=self.journal,
            pump=self._pump,
            gate=asyncio.Semaphore(_HANDSHAKES),
            now=times.now,
            monotonic=times.monotonic,
            random=self._rng,
            on_message=self._received,
            report=self._report,
        )
        self.fleet = Fleet(self.driver, self.plants, context)
        self._problems: dict[Identity, str] = {}
        self._file_problems: list[str] = []
        self._file_warnings: list[str] = []
        self._journal_problem = ""
        self._halted = (settings.data_dir / "production-stop").exists()
        if self._halted:
            self.driver.stalled = "stopped"
        self._drained = False
        self._rate, self._bytes = 0.0, 0
        streams = self.journal.streams.values()
        self._before = {
            "sent_before": sum(s.sent for s in streams),
            "settled_before": sum(s.settled for s in streams),
            "voided_before": sum(s.voided for s in streams),
            "pending_before": sum(s.pending for s in streams),
        }

    # --- what others call -------------------------------------------------------------------------------------

    def _plant_changed(self, enterprise: str) -> None:
        self.driver.pace_changed(enterprise)
        self._wake.set()

    def _stepped_back(self, before: int, now: int) -> None:
        self.plants.stepped_back(before, now)
        self.fleet.announce()

    def _link_down(self, machine: Identity, down: bool) -> None:
        link = self.fleet.links.get(machine)
        if link is not None:
            link.set_cut(down)

    def _write_truth(self, lines: list[Truth]) -> None:
        self._truth.write(lines)

    def _received(self, machine: Identity, channel: str, payload: bytes, kept: bool) -> None:
        link = self.fleet.find(machine)
        if link is None or not payload:
            return
        if channel == "watermark":  # the journal forgets with its next commit, which is soon enough
            self._settlement.received(machine, payload, link, kept=kept)
        elif channel == "command":
            self._commands.received(machine, payload)
            self._wake.set()

    def _report(self, machine: Identity, text: str) -> None:
        if text:
            if self._problems.get(machine) != text:
                _log.warning("link", machine=machine.path, problem=text)
            self._problems[machine] = readable(text)
        else:
            self._problems.pop(machine, None)

    # --- running ----------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Until ``stop`` is set; then drain and say goodbye.

        Raises:
            JournalBroken: the journal's file is damaged; it was set aside, so starting again helps.
        """
        try:
            if not self.journal.knows_clocks:
                self.plants.recalled = await recall_clocks(
                    self._broker,
                    self._service(),
                    self._stop,
                    self._settings.recall_s,
                    self._times.monotonic,
                    self._settings.client_id,
                )
            await self._load()
            async with asyncio.TaskGroup() as tasks:
                self.fleet.tasks = tasks
                background = [
                    tasks.create_task(self._pump.run(), name="pump"),
                    tasks.create_task(self._plants_link(), name="plants"),
                    tasks.create_task(self._look_at_files(), name="files"),
                    tasks.create_task(self._check(), name="check"),
                    tasks.create_task(self._checkpoint(), name="checkpoint"),
                    tasks.create_task(self._watch_marker(), name="marker"),
                    tasks.create_task(self._account.run(), name="account"),
                    tasks.create_task(self._until_stopped(), name="stop"),
                ]
                self.fleet.connect()
                self.driver.begin()
                _log.info("ready", service="edge", machines=len(self.fleet.links))
                await self._live()
                await self._drain()
                await self.fleet.end()
                await self.plants.end()
                for task in background:
                    task.cancel()
            await self._account.end()
        finally:
            self._truth.close()
            await self._api.aclose()
            # not in the loop's own thread: a file that hangs must not keep the process from ending
            await asyncio.to_thread(self._files.shutdown, wait=True, cancel_futures=True)
            self._pool.shutdown(wait=False, cancel_futures=True)
        self.journal.close()
        self._write_status()

    async def _until_stopped(self) -> None:
        await self._stop.wait()
        self._wake.set()

    async def _live(self) -> None:
        """The one loop: tick, commit, publish, wait for what is due."""
        while not self._stop.is_set():
            if not self._halted and not self._journal_problem:
                self.driver.tick()
            self._publish()
            self._wake.clear()
            wait = BATCH_S
            if self._journal_problem:
                wait = _RETRY_S
            elif self._halted:
                wait = _MARKER_S
            else:
                wait = max(wait, min(1.0, (self.driver.due() - self._times.now()) / 1e6))
            await pause(self._wake, wait)

    def _publish(self) -> None:
        try:
            entries = self.driver.commit()
        except JournalFull as error:
            if not self._journal_problem:
                _log.error("journal cannot be written: machines stand still", error=str(error))
            self._journal_problem, self.driver.stalled = str(error), "journal-full"
            return
        if self._journal_problem:
            _log.info("journal can be written again")
            self._journal_problem = ""
        elif self.driver.stalled and not self._halted:
            self.driver.stalled = ""
        self._pump.grant(len(entries))
        links = self.fleet.by_path
        for entry in entries:
            link = links.get(entry.stream.path)
            if link is not None:
                link.offer(entry)
        for machine, payload in self._commands.take():
            answering = self.fleet.links.get(machine)
            if answering is not None:
                answering.reply(payload)
        self.plants.committed()

    async def _plants_link(self) -> None:
        await self.plants.run(self._broker, self._service(), self._rng, self._settings.client_id)

    def _service(self) -> MqttCredential:
        return load_credential(self._settings.secrets_dir / "mqtt.json")

    # --- files ------------------------------------------------------------------------------------------------

    async def _load(self) -> Hashable:
        loop = asyncio.get_running_loop()
        fingerprint = await loop.run_in_executor(self._files, self._source.fingerprint)
        loaded = await loop.run_in_executor(self._files, self._source.load)
        for problem in loaded.problems:
            if problem not in self._file_problems:
                _log.warning("a file is refused; what runs, runs on", problem=problem)
        self._file_problems = loaded.problems
        for warning in loaded.warnings:
            if warning not in self._file_warnings:
                _log.warning("a file says what may not be meant; it runs as it stands", warning=warning)
        self._file_warnings = loaded.warnings
        self.fleet.apply(loaded)
        self._fingerprint: Hashable = fingerprint
        return fingerprint

    async def _look_at_files(self) -> None:
        loop = asyncio.get_running_loop()
        while not await pause(self._stop, self._settings.poll_s):
            found = self._fingerprint
            try:
                found = await loop.run_in_executor(self._files, self._source.fingerprint)
                if found == self._fingerprint or self._halted:
                    continue
                await self._load()
            except Exception as error:  # whatever a file or a type's own code does: the machines that run, run on
                _log.exception("the files cannot be read; what runs, runs on")
                self._file_problems = [f"the files cannot be read: {error!r}"]
                self._fingerprint = found
            self._wake.set()

    # --- housekeeping -----------------------------------------------------------------------------------------

    async def _check(self) -> None:
        never, sent = asyncio.Event(), self._sent()
        before = self._times.monotonic()
        while True:
            await pause(never, _CHECK_S)
            for link in list(self.fleet.links.values()):
                link.check()
            now, total = self._times.monotonic(), self._sent()
            with contextlib.suppress(sqlite3.OperationalError):  # the disk is full: the last figure stands
                self._bytes = self.journal.used_bytes()
            self._rate, sent, before = (total - sent) / max(now - before, 1e-3), total, now
            self._write_status()

    async def _checkpoint(self) -> None:
        loop, never = asyncio.get_running_loop(), asyncio.Event()
        while True:
            await pause(never, _CHECKPOINT_S)
            try:
                await loop.run_in_executor(self._files, self.journal.checkpoint)
            except sqlite3.OperationalError as error:  # the disk is full: the log keeps it until there is room
                _log.warning("the journal's log stays long", error=str(error))

    async def _watch_marker(self) -> None:
        """``production-stop`` in the data folder: machines stand still, what was said is still brought home."""
        marker, never = self._settings.data_dir / "production-stop", asyncio.Event()
        while True:
            halted = marker.exists()
            if halted != self._halted:
                self._halted = halted
                self.driver.stalled = "stopped" if halted else self.driver.stalled
                _log.info("production stops" if halted else "production goes on")
                self.fleet.set_draining(halted)
                self._wake.set()
            await pause(never, _MARKER_S)

    def _sent(self) -> int:
        return sum(s.sent for s in self.journal.streams.values())

    def _pending(self) -> int:
        return sum(s.pending for s in self.journal.streams.values())

    def _connected(self) -> int:
        return sum(link.connected for link in self.fleet.links.values())

    def _own_problems(self) -> list[str]:
        """Those of no single machine's link: the journal's, worlds that failed, files that are refused."""
        journal = [self._journal_problem] if self._journal_problem else []
        failed = [h.failed for h in self.driver.worlds.values() if h.failed]
        return [readable(text) for text in (*journal, *failed, *self._file_problems)]

    def _told(self) -> dict[str, Any]:
        return {
            "machines": len(self.fleet.links),
            "connected": self._connected(),
            "pending": self._pending(),
            "journal_bytes": self._bytes,
            "problems": problems_told(self._own_problems(), self._problems),
        }

    def _write_status(self) -> None:
        streams = self.journal.streams.values()
        draining = self._halted or self._stop.is_set()
        links = [f"{machine}: {text}" for machine, text in list(self._problems.items())[:20]]
        pending = self._pending()
        self._account.changed(problems_told(self._own_problems(), self._problems))
        write_status(
            self._settings.data_dir / "edge-status.json",
            EdgeStatus(
                t=self._times.now(),
                machines=len(self.fleet.links),
                connected=self._connected(),
                sent=sum(s.sent for s in streams),
                settled=sum(s.settled for s in streams),
                voided=sum(s.voided for s in streams),
                pending=pending,
                resent=self.journal.resent,
                messages_per_s=round(self._rate, 1),
                journal_bytes=self._bytes,
                problems=[*self._own_problems(), *links],
                warnings=[readable(text) for text in self._file_warnings],
                changes=self.fleet.changes(),
                draining=draining,
                drained=self._drained or (draining and self.fleet.pending() == 0),
                **self._before,
            ),
        )

    # --- the end ----------------------------------------------------------------------------------------------

    async def _drain(self) -> None:
        """Nothing new is said; what is pending goes out and is awaited, for a bounded time."""
        self.fleet.set_draining(True)
        end = self._times.monotonic() + self._settings.drain_s
        while True:
            self._publish()
            if not self.fleet.pending() and not self.journal.has_work:
                break
            left = end - self._times.monotonic()
            if left <= 0:
                _log.warning(
                    "stopped before everything was settled; it goes out at the next start", left=self.fleet.pending()
                )
                break
            self._wake.clear()
            await pause(self._wake, min(left, 0.2))
        self._drained = True
