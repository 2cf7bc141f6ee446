"""The edge put together: driver, journal, links, plants, files; and its orderly end."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from concurrent.futures import ThreadPoolExecutor

import structlog
from andon_contracts.identity import Identity
from andon_security.mqtt import MqttCredential, load_credential, tls_context

from andon_edge.journal import Journal, JournalFull
from andon_edge.link.api import PlatformApi
from andon_edge.link.connection import BrokerAddress
from andon_edge.link.credentials import Credentials
from andon_edge.link.machine_link import LinkContext
from andon_edge.link.pump import Pump
from andon_edge.ports import Truth
from andon_edge.runtime.account import Account
from andon_edge.runtime.commands import Commands
from andon_edge.runtime.condition import Condition
from andon_edge.runtime.driver import Driver
from andon_edge.runtime.files import Files
from andon_edge.runtime.fleet import Fleet
from andon_edge.runtime.plants import Plants
from andon_edge.runtime.recall import recall_clocks
from andon_edge.runtime.settlement import Settlement
from andon_edge.runtime.source import WorldSource
from andon_edge.runtime.status import write_status
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
        self._settings, self._stop, self._times = settings, stop, times
        self._rng = random.Random()
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        self.journal = Journal(settings.journal_file, now=times.now, max_bytes=settings.journal_max_bytes)
        self._pool = ThreadPoolExecutor(max_workers=_HANDSHAKES // 4, thread_name_prefix="handshake")
        self._disk = ThreadPoolExecutor(max_workers=1, thread_name_prefix="files")
        self._wake = asyncio.Event()
        tls = tls_context(settings.secrets_dir) if settings.mqtt_tls else None
        self._broker = BrokerAddress(settings.mqtt_host, settings.mqtt_port, tls, self._pool)
        self._pump = Pump(settings.resend_rate)
        self._api = PlatformApi(settings.secrets_dir, settings.api_url, lambda: tls_context(settings.secrets_dir))
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
            report=lambda machine, text: self._condition.report(machine, text),
        )
        self.fleet = Fleet(self.driver, self.plants, context)
        self._files = Files(source, self._disk, self.fleet.apply)
        self._condition = Condition(self.journal, self.driver, self.fleet, self._files, times)
        self._account = Account(self._api, settings.edge_name, self._condition.told)
        self._halted = (settings.data_dir / "production-stop").exists()
        if self._halted:
            self.driver.stalled = "stopped"
        self._drained = False

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
            await self._files.load()
            async with asyncio.TaskGroup() as tasks:
                self.fleet.tasks = tasks
                background = [
                    tasks.create_task(self._pump.run(), name="pump"),
                    tasks.create_task(self._plants_link(), name="plants"),
                    tasks.create_task(self._follow_files(), name="files"),
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
            await asyncio.to_thread(self._disk.shutdown, wait=True, cancel_futures=True)
            self._pool.shutdown(wait=False, cancel_futures=True)
        self.journal.close()
        self._write_status()

    async def _until_stopped(self) -> None:
        await self._stop.wait()
        self._wake.set()

    async def _live(self) -> None:
        """The one loop: tick, commit, publish, wait for what is due."""
        while not self._stop.is_set():
            if not self._halted and not self._condition.journal_problem:
                self.driver.tick()
            self._publish()
            self._wake.clear()
            wait = BATCH_S
            if self._condition.journal_problem:
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
            if not self._condition.journal_problem:
                _log.error("journal cannot be written: machines stand still", error=str(error))
            self._condition.journal_problem, self.driver.stalled = str(error), "journal-full"
            return
        if self._condition.journal_problem:
            _log.info("journal can be written again")
            self._condition.journal_problem = ""
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

    async def _follow_files(self) -> None:
        await self._files.follow(self._settings.poll_s, self._stop, lambda: self._halted, self._wake.set)

    async def _plants_link(self) -> None:
        await self.plants.run(self._broker, self._service(), self._rng, self._settings.client_id)

    def _service(self) -> MqttCredential:
        return load_credential(self._settings.secrets_dir / "mqtt.json")

    # --- housekeeping -----------------------------------------------------------------------------------------

    async def _check(self) -> None:
        never = asyncio.Event()
        self._condition.measure()
        while True:
            await pause(never, _CHECK_S)
            for link in list(self.fleet.links.values()):
                link.check()
            self._condition.measure()
            self._write_status()

    async def _checkpoint(self) -> None:
        loop, never = asyncio.get_running_loop(), asyncio.Event()
        while True:
            await pause(never, _CHECKPOINT_S)
            try:
                await loop.run_in_executor(self._disk, self.journal.checkpoint)
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

    def _write_status(self) -> None:
        self._account.changed(self._condition.problems())
        status = self._condition.status(self._halted or self._stop.is_set(), self._drained)
        write_status(self._settings.data_dir / "edge-status.json", status)

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
