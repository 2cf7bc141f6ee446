"""The way to an InfluxDB server, and what is known of its state in memory."""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any, Self, TypeVar

import structlog
from andon_security.errors import SecretMissing

from andon_platform.data import plan
from andon_platform.data.aggregate import DAY, HOUR, MINUTE, ceil, floor
from andon_platform.data.errors import StoreUnavailable
from andon_platform.data.influxdb import lines, scripts
from andon_platform.data.influxdb.server import Server
from andon_platform.data.influxdb.text import PIECE, field, plain
from andon_platform.data.plan import Range
from andon_platform.data.port import (
    Mark,
    MarkKey,
)

T = TypeVar("T")
Rows = list[dict[str, str]]
log = structlog.get_logger(__name__)

#: How long (s) another process's state (how far roll-ups reach) is believed before it is read again.
STATE_AGE_S = 5.0
#: Who rolls up minutes is less than this (us) behind the others, unless it is away, or gone for good. Nothing waits for
#: that one: when it comes back, what it brings for the time between is late.
AWAY = HOUR
FUTURE = 2 * DAY


def _now() -> int:
    return time.time_ns() // 1000


def _seconds(days: float) -> int:
    """In microseconds, and whole seconds: what the server can be told."""
    return int(days * 86_400) * 1_000_000


def microseconds(text: str) -> int:
    stamp = datetime.fromisoformat(text)
    return int(stamp.timestamp()) * 1_000_000 + stamp.microsecond


def pieced(fields: dict[str, str]) -> str:
    """The text that :func:`text.pieces` spread over fields; nearly always it is one."""
    if "p1" not in fields:
        return fields.get("p0", "")
    return "".join(fields[f"p{i}"] for i in range(len(fields)) if f"p{i}" in fields)


def ranges(text: str) -> list[Range]:
    return [(int(a), int(b)) for a, _, b in (part.partition("-") for part in text.split())]


class Connection:
    """The way to an InfluxDB server, and what is known of its state in memory."""

    def __init__(
        self,
        url: str,
        token: str,
        *,
        org: str = "andon",
        writer: str = "ingest-0",
        now: Callable[[], int] = _now,
        raw_days: float = 7,
        minute_days: float = 90,
        max_disk: int = 4_000_000_000,
        timeout_s: float = 30.0,
    ) -> None:
        self._server = Server(url.rstrip("/"), token, org, timeout_s)
        self._writer = plain(writer)
        self._now = now
        self._raw, self._minute, self._max_disk = _seconds(raw_days), _seconds(minute_days), max_disk
        self._raw_now = self._raw
        self._margin = min(2 * HOUR, self._raw // 3)
        self._floor = self._gen = 0
        self._marks: dict[MarkKey, Mark] = {}
        self._counts: Counter[str] = Counter()
        self._rolled = self._rolling = 0
        self._first: int | None = None
        self._late: list[Range] = []
        self._came: list[Range] = []
        self._quarantined: set[str] = set()
        self._held: dict[int, int] = {}
        self._lines = lines.RawLines()
        self._state_read = -math.inf
        self._wrote = self._joined = self._full = False
        self._others: list[tuple[int, list[Range]]] = []
        self._lock, self._upkeep = asyncio.Lock(), asyncio.Lock()
        self._threads: ThreadPoolExecutor | None = None

    @classmethod
    def with_secret(cls, url: str, secrets_dir: Path, **options: Any) -> Self:
        """The token is in ``secrets_dir/influx-token``. Raises ``SecretMissing``."""
        path = secrets_dir / "influx-token"
        try:
            token = path.read_text().strip()
        except OSError as error:
            raise SecretMissing(
                f"no InfluxDB token at {path} ({error}); `andon setup` makes what is missing"
            ) from error
        return cls(url, token, **options)

    # --- opening -------------------------------------------------------------------------------------------

    async def open(self) -> None:
        """Onboard and make buckets where that was not done; read the state."""
        self._threads = ThreadPoolExecutor(4, "influxdb")
        buckets = {
            "raw": self._raw // 1_000_000,
            "minute": self._minute // 1_000_000,
            "hour": 0,
            "late": 0,
            "events": self._minute // 1_000_000,
            "state": 0,
        }
        await self._run(self._server.set_up, buckets)
        self._raw_now = (await self._run(self._server.retention, "raw")) * 1_000_000 or self._raw
        self._marks = await self._read_marks()
        await self._read_state()
        ids = await self._ask(scripts.quarantine_ids(self._now() + FUTURE, None, None, 100_000))
        self._quarantined = {row["_value"] for row in ids}

    async def close(self) -> None:
        """Let go of connections and threads."""
        async with self._lock:
            if self._threads is not None:
                await asyncio.to_thread(self._threads.shutdown)
                self._threads = None
            self._server.close()

    async def _run(self, work: Callable[..., T], *args: Any) -> T:
        if self._threads is None:
            raise StoreUnavailable(f"the store at {self._server.url} is not open")
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *args)

    async def _ask(self, script: str) -> Rows:
        return await self._run(self._server.ask, script)

    # --- state ---------------------------------------------------------------------------------------------

    async def _read_points(self, measurement: str, keys: Sequence[str]) -> dict[tuple[str, ...], dict[str, str]]:
        found: dict[tuple[str, ...], dict[str, str]] = defaultdict(dict)
        for row in await self._ask(scripts.state(measurement)):
            found[tuple(row[k] for k in keys)][row["_field"]] = row["_value"]
        return found

    async def _read_marks(self) -> dict[MarkKey, Mark]:
        found = {}
        for (machine, epoch), f in (await self._read_points("mark", ("machine", "epoch"))).items():
            found[machine, int(epoch)] = Mark(
                int(f["settled"]), lines.spans_from(pieced(f)), int(f["stored"]), int(f["quarantined"]),
                int(f["voided"]), int(f["updated"]),
            )  # fmt: skip
        return found

    async def _read_state(self) -> None:
        """How far roll-ups reach, of all writers: minutes are believed where each that is not away has rolled up."""
        states = await self._read_points("reach", ("writer",))
        self._state_read = time.monotonic()
        mine = states.get((self._writer,))
        if mine is not None and not self._wrote:
            self._rolled = self._rolling = int(mine["rolled"])
            self._first = int(mine["first"]) or None
            self._gen = int(mine.get("gen", 0))
            self._late = ranges(pieced(mine))
        if not self._wrote:
            self._counts = (await self._read_counts()).get(self._writer, Counter())
        self._floor = max(self._floor, *(int(s.get("floor", 0)) for s in states.values()), 0)
        self._others = [(int(s["rolled"]), ranges(pieced(s))) for (name,), s in states.items() if name != self._writer]

    async def _read_counts(self) -> dict[str, Counter[str]]:
        found = await self._read_points("counts", ("writer",))
        return {writer: Counter({k: int(v) for k, v in counts.items()}) for (writer,), counts in found.items()}

    async def _reach(self) -> plan.Reach:
        if time.monotonic() - self._state_read > STATE_AGE_S:
            await self._read_state()
        rolled, late = [self._rolled], list(self._late)
        for other, ranges in self._others:
            rolled.append(other)
            late += ranges
        there = min(reach for reach in rolled if max(rolled) - reach < AWAY)
        return plan.Reach(self._raw_floor(), self._now() - self._minute, there, sorted(late))

    async def _join(self) -> None:
        """Before this process writes for the first time: the others rolled up without what it brings for their time, so
        that is late. Under the lock."""
        if self._joined:
            return
        await self._read_state()
        there = max((rolled for rolled, _ in self._others), default=0)
        if there > self._rolled:
            since = self._rolled or (floor(self._first, MINUTE) if self._first else there)
            if since < there:
                self._late = plan.joined([*self._late, (since, there)])
            self._rolled = self._rolling = there
            self._first = self._first or there
            await self._run(self._server.write, "state", self._reach_line())
        self._joined = True

    def _raw_floor(self) -> int:
        """Rows before it go to the late ones, and answers do without raw; it never falls.

        It lies above what the server deletes by as much as a late minute may wait for its roll-up, and an hour.
        """
        self._floor = max(self._floor, ceil(self._now() - self._raw_now + self._margin, MINUTE))
        return self._floor

    def _generation(self, replays: bool = False) -> str:
        """The tag of late rows that are written now. Those of replays are few, and stay."""
        return f"{self._writer}.replays" if replays else f"{self._writer}-{self._gen}"

    def _reach_line(self) -> str:
        late = " ".join(f"{a}-{b}" for a, b in self._late)
        text = ",".join(f"p{i}={field(late[at : at + PIECE])}" for i, at in enumerate(range(0, len(late) or 1, PIECE)))
        return (
            f"reach,writer={self._writer} "
            f"rolled={self._rolled}i,first={self._first or 0}i,floor={self._floor}i,gen={self._gen}i,{text} 1"
        )

    # --- writing -------------------------------------------------------------------------------------------
