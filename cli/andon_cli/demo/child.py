"""One child process: started, watched, started again if it dies, asked to stop."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import psutil

from andon_cli.processes.system import ask_to_stop, group_options

ChildState = Literal["waiting", "starting", "running", "restarting", "stopping", "stopped", "failed"]

_KEEP_LOG_BYTES = 20_000_000
_STOP_S = 20.0
_BACK_OFF_S = (0.5, 1.0, 2.0, 5.0, 10.0)
#: A child that was never ready and ends this often will not come up by itself.
_MOST_FIRST_STARTS = 3
#: A child that lived this long had a good start: the next death begins the back-off anew.
_GOOD_LIFE_S = 60.0


@dataclass(frozen=True, slots=True)
class ChildSpec:
    """What to start, and how to know that it is up; ``ready`` may be asked again and again.

    ``after`` names the children that must be ready before; the others start at the same time.
    """

    name: str
    command: list[str]
    env: dict[str, str]
    ready: Callable[[], Awaitable[bool]]
    after: tuple[str, ...] = ()
    ready_within_s: float = 60.0
    stop_within_s: float = _STOP_S


@dataclass
class Child:
    """A child and what is known of it; ``say`` reports what a person wants to know."""

    spec: ChildSpec
    log: Path
    say: Callable[[str], None]
    state: ChildState = "waiting"
    restarts: int = 0
    process: asyncio.subprocess.Process | None = None
    stats: psutil.Process | None = None
    cpu_s: float = 0.0
    rss_mb: float = 0.0
    rss_max_mb: float = 0.0
    _ended_cpu_s: float = 0.0
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, up: asyncio.Event) -> None:
        """Keep the child running until :meth:`stop`; ``up`` is set when it is ready for the first time."""
        attempt = 0
        while not self._stopping.is_set():
            self.state = "starting" if not self.restarts else "restarting"
            born = time.monotonic()
            await self._start()
            assert self.process is not None
            ready = asyncio.create_task(self._await_ready(up), name=f"{self.spec.name} ready")
            code = await self.process.wait()
            ready.cancel()
            self._ended_cpu_s = self.cpu_s
            if self._stopping.is_set():
                break
            attempt = 0 if time.monotonic() - born > _GOOD_LIFE_S else attempt + 1
            pause = _BACK_OFF_S[min(attempt, len(_BACK_OFF_S)) - 1] if attempt else _BACK_OFF_S[0]
            if not up.is_set() and attempt >= _MOST_FIRST_STARTS:
                self.state = "failed"
                self.say(f"{self.spec.name} does not start; its last words: {self.last_words()}")
                return
            self.restarts += 1
            self.say(f"{self.spec.name} {how_ended(code)}; started again in {pause:g} s{self._why(code)}")
            self.state = "restarting"
            try:
                async with asyncio.timeout(pause):
                    await self._stopping.wait()
            except TimeoutError:
                continue
        self.state = "stopped"

    async def stop(self) -> None:
        """Ask it to stop, and make it if it does not."""
        self._stopping.set()
        process = self.process
        if process is None or process.returncode is not None:
            self.state = "stopped"
            return
        self.state = "stopping"
        self.measure()
        ask_to_stop(process.pid)
        try:
            async with asyncio.timeout(self.spec.stop_within_s):
                await process.wait()
        except TimeoutError:
            self.say(f"{self.spec.name} did not stop within {self.spec.stop_within_s:g} s and is ended")
            process.kill()
            await process.wait()
        self.state = "stopped"

    def measure(self) -> None:
        """Read CPU seconds and memory; over restarts CPU adds up."""
        if self.stats is None:
            return
        try:
            with self.stats.oneshot():
                times = self.stats.cpu_times()
                self.cpu_s = self._ended_cpu_s + times.user + times.system
                self.rss_mb = self.stats.memory_info().rss / 1e6
        except psutil.Error:
            return
        self.rss_max_mb = max(self.rss_max_mb, self.rss_mb)

    def last_words(self) -> str:
        """The last line of the child's log."""
        try:
            lines = self.log.read_text(errors="replace").strip().splitlines()
        except OSError:
            return "no log"
        return " ".join(lines[-1].split())[-300:] if lines else "nothing"

    def _why(self, code: int) -> str:
        # who is killed had no time to say why
        return f" (its last words: {self.last_words()})" if code >= 0 else ""

    async def _start(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > _KEEP_LOG_BYTES:
            self.log.replace(self.log.with_suffix(".old.log"))
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *self.spec.command,
                env=self.spec.env,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                **group_options(),
            )
        try:
            self.stats = psutil.Process(self.process.pid)
        except psutil.Error:
            self.stats = None

    async def _await_ready(self, up: asyncio.Event) -> None:
        end = time.monotonic() + self.spec.ready_within_s
        pause = asyncio.Event()
        while not await self.spec.ready():
            if time.monotonic() > end:
                self.say(f"{self.spec.name} is not ready after {self.spec.ready_within_s:g} s; see {self.log}")
                end = float("inf")
            try:
                async with asyncio.timeout(0.1):
                    await pause.wait()
            except TimeoutError:
                continue
        self.state = "running"
        up.set()


def how_ended(code: int) -> str:
    """A return code in words: a negative one is the signal that ended the process."""
    if code >= 0:
        return f"ended with code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"
