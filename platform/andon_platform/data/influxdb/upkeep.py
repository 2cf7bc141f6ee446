"""Roll-ups of what has become stale, and what has to go: raw by the disk's limit (its age is the bucket's own), and
late rows whose roll-ups stand."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import structlog

from andon_platform.data.aggregate import DAY, HOUR, MINUTE, ceil, floor
from andon_platform.data.answers import shortened
from andon_platform.data.history import RolledUp, check_history
from andon_platform.data.influxdb import history, late, rollup, scripts
from andon_platform.data.influxdb.connection import microseconds
from andon_platform.data.influxdb.shards import Shard
from andon_platform.data.influxdb.writer import Writer
from andon_platform.data.plan import without

log = structlog.get_logger(__name__)

#: Raw is never kept for less than this (us), whatever the disk's limit.
LEAST = 6 * HOUR
#: So much of the disk's limit is filled after the oldest raw data went.
ROOM = 0.9
SECOND = 1_000_000


def _to_drop(raw: Sequence[Shard], excess: int, before: int) -> list[Shard]:
    """The oldest shards that together hold the excess, of those that end before a time."""
    found: list[Shard] = []
    for shard in raw:
        if excess <= 0 or shard.stop > before:
            break
        found.append(shard)
        excess -= shard.bytes
    return found


class Upkeep(Writer):
    """What a store needs from time to time, on top of writing."""

    async def stale(self, now: int) -> list[tuple[int, int]]:
        """See the port."""
        found = list(self._late)
        if self._first is not None:
            start = self._rolled or floor(self._first, MINUTE)
            if start < floor(now, MINUTE):
                found.append((start, floor(now, MINUTE)))
        return found

    async def roll_up(self, start: int, stop: int) -> None:
        """See the port. Hours are computed once they are complete; until then minutes answer for them."""
        async with self._upkeep:
            await self._roll_up(floor(start, MINUTE), ceil(stop, MINUTE))

    async def _roll_up(self, start: int, stop: int, there: int | None = None) -> None:
        """The same, under the lock of upkeep. ``there``: raw is complete from then on; else what that is now."""
        async with self._lock:
            await self._join()
            self._rolling = max(self._rolling, stop)
            self._came.clear()
            gone = self._raw_floor()
        if there is None:
            there = gone - self._margin
        if (low := max(start, ceil(there, MINUTE))) < stop:
            await self._run(rollup.roll_up, self._server, "minute", low, stop, MINUTE, microseconds)
            first = max(floor(low, HOUR), ceil(there, HOUR))
            last = min(ceil(stop, HOUR), floor(max(self._rolled, stop), HOUR))
            if first < last:
                await self._run(rollup.roll_up, self._server, "hour", first, last, HOUR, microseconds)
        if start < (end := min(stop, gone)) and self._gen:
            for bucket, every in (("minute", MINUTE), ("hour", HOUR)):
                await self._run(
                    self._roll_up_late, bucket, floor(start, every), ceil(end, every), every, self._generation()
                )
        async with self._lock:
            self._rolled = max(self._rolled, stop)
            self._late = sorted({*without(self._late, start, stop), *self._came})
            self._wrote = True
            await self._run(self._server.write, "state", self._reach_line())

    async def write_history(self, rolled: Sequence[RolledUp], until: int) -> None:
        """See the port."""
        async with self._upkeep, self._lock:
            check_history(rolled, until, await self._oldest())
            # the server refuses points that a bucket would not keep
            kept = self._now() - self._minute + self._margin
            for block in rolled:
                bucket, since = ("minute", kept) if block.every == MINUTE else ("hour", 0)
                for page in history.pages(block, since):
                    await self._run(self._server.write, bucket, page)
            self._rolled, self._floor = max(self._rolled, until), max(self._floor, until)
            self._wrote = True
            await self._run(self._server.write, "state", self._reach_line())

    async def retain(self, now: int) -> dict[str, Any]:
        """Ages are the buckets' own. Where the disk's limit is passed, raw is kept for less long, so that the server
        drops the oldest shards, and for longer again when there is room."""
        async with self._upkeep:
            # another ingest may have changed it
            self._raw_now = (await self._run(self._server.retention, "raw")) * SECOND or self._raw
            shards = await self._run(partial(self._server.shards, fresh=True))
            total = sum(shard.bytes for shard in shards)
            raw = sorted((s for s in shards if s.bucket == "raw"), key=lambda s: s.start)
            said: dict[str, Any] = {"bytes": total, "raw_days": self._raw_now / DAY}
            over = total > self._max_disk
            if self._gen and (over or now - self._gen > self._raw):
                said["late"] = await self._close_generation()
            if any(shard.stop < now - self._raw_now for shard in raw):
                return said  # what the server is about to delete: it looks from time to time
            wanted = min(self._raw_now, self._raw)
            if over:
                going = _to_drop(raw, total - int(ROOM * self._max_disk), now - LEAST)
                wanted = min(wanted, now - going[-1].stop - SECOND) if going else wanted
            elif total < 0.6 * self._max_disk and self._raw_now < self._raw:
                wanted = min(self._raw, int(self._raw_now * 1.25))
            wanted -= wanted % SECOND
            if wanted != self._raw_now:
                await self._keep_raw(wanted, total)
                said["raw_days"] = wanted / DAY
            elif over and not self._full:
                log.error("the disk's limit is passed, and no raw data is old enough to drop", bytes=total,
                          limit=self._max_disk)  # fmt: skip
            self._full = over and wanted == self._raw_now
            return said

    async def _keep_raw(self, wanted: int, total: int) -> None:
        """Keep raw for another time; what is still to be rolled up of what goes, is, before."""
        shorter = wanted < self._raw_now
        before = self._raw_now
        if shorter:
            async with self._lock:
                there = self._raw_floor() - self._margin
                self._raw_now = wanted  # from now on, what comes for the time that goes is late
                gone = self._raw_floor()
                self._raw_now = before
            for start, stop in await self.stale(self._now()):
                if start < gone:
                    await self._roll_up(start, stop, there)
        await self._run(self._server.retain, "raw", wanted // SECOND)
        self._raw_now = wanted
        log.warning(
            "the oldest raw data is dropped" if shorter else "raw data is kept for longer again",
            why="ANDON_MAX_DISK" if wanted < self._raw else "ANDON_RAW_DAYS",
            days=round(wanted / DAY, 2),
            days_before=round(before / DAY, 2),
            bytes=total,
            limit=self._max_disk,
        )

    async def _close_generation(self) -> list[str]:
        """Let go of late rows whose messages are settled and whose roll-ups stand; says which generations went."""
        for start, stop in list(self._late):
            if start < self._floor:
                await self._roll_up(start, stop)
        async with self._lock:
            if any(start < self._floor for start, _ in self._late):
                return []  # more came meanwhile: the next time
            if not await self._run(late.settled, self._server, self._generation(), dict(self._marks)):
                return []
            self._gen = 0
            await self._run(self._server.write, "state", self._reach_line())
        return await self._run(late.sweep, self._server, self._writer, self._generation())

    def _detail(self) -> str:
        """What health says of the raw data."""
        if self._raw_now >= self._raw:
            return "ok"
        return shortened(self._raw_now, self._raw, self._max_disk)

    async def _oldest(self) -> int | None:
        rows = await self._ask(scripts.oldest())
        return microseconds(rows[0]["_time"]) if rows and rows[0].get("_time") else None
