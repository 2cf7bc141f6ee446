"""What goes into an InfluxDB store: rows first, marks only after the server's answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from andon_platform.data.aggregate import HOUR, MINUTE, ceil, floor
from andon_platform.data.errors import StoreRefused
from andon_platform.data.influxdb import late, lines, rollup, scripts
from andon_platform.data.influxdb.connection import FUTURE, Connection, microseconds
from andon_platform.data.influxdb.text import plain
from andon_platform.data.marks import covers
from andon_platform.data.plan import joined
from andon_platform.data.port import (
    Batch,
    Mark,
)

#: So many of the last microseconds in which something came into quarantine are remembered.
HELD = 1_000


class Writer(Connection):
    """What goes into an InfluxDB store: rows first, marks only after the server's answer."""

    async def write(self, batch: Batch) -> None:
        """Late ranges, then rows, then marks: whatever is cut off in between is written again, to no effect."""
        async with self._lock:
            replayed, counts = "", self._counts
            if batch.replays:
                # counted apart, since another process may count what is ingested under the same name
                replayed = await self._replayed(batch.replays)
                counts = (await self._read_counts()).get(f"{self._writer}.replays", Counter())
            elif batch.telemetry:
                await self._join()
            try:
                await self._run(self._write, batch, replayed, counts)
            except StoreRefused:
                if not await self._raw_is_shorter():
                    raise
                await self._run(self._write, batch, replayed, counts)
        if batch.replays and batch.telemetry:
            # replays may come from a process that does not roll up: what they are late for is done at once
            times = [s.t for m in batch.telemetry for s in m.samples]
            await self._run(self._roll_up_replayed, min(times), max(times) + 1)

    async def _raw_is_shorter(self) -> bool:
        """Whether another ingest made the server keep raw for less long since this one asked: what is older is refused
        as raw, and is late."""
        kept = (await self._run(self._server.retention, "raw")) * 1_000_000 or self._raw
        shorter, self._raw_now = kept < self._raw_now, kept
        return shorter

    def _roll_up_replayed(self, start: int, stop: int) -> None:
        gone = self._raw_floor()
        for bucket, every in (("minute", MINUTE), ("hour", HOUR)):
            first, last = floor(start, every), ceil(stop, every)
            if stop > gone:
                roll_up = max(first, ceil(gone - self._margin, every))
                rollup.roll_up(self._server, bucket, roll_up, last, every, microseconds)
            if start < gone:
                self._roll_up_late(bucket, first, last, every, self._generation(replays=True))

    def _roll_up_late(self, bucket: str, start: int, stop: int, every: int, gen: str) -> None:
        if bucket == "minute":  # the server refuses points that the bucket would not keep
            start = max(start, ceil(self._now() - self._minute + self._margin, HOUR))
        if start < stop:
            rollup.roll_up(self._server, bucket, start, stop, every, microseconds, gen)

    async def _replayed(self, id: str) -> str:
        found = await self._find(id)
        return (
            f"quarantine,page={found[1]},reason={plain(found[2])} replayed={self._now()}i {found[0]}" if found else ""
        )

    async def _find(self, id: str) -> tuple[int, str, str] | None:
        rows = await self._ask(scripts.quarantine_ids(self._now() + FUTURE, None, id, 1))
        return (int(rows[0]["at"]), rows[0]["page"], rows[0]["reason"]) if rows else None

    def _fresh(self, batch: Batch, messages: Sequence[Any]) -> list[Any]:
        if batch.replays:
            return list(messages)
        marks, nothing = self._marks, Mark()
        return [m for m in messages if not covers(marks.get((m.machine, m.epoch), nothing), m.seq)]

    def _write(self, batch: Batch, replayed: str, before: Counter[str]) -> None:
        server = self._server
        telemetry, events = self._fresh(batch, batch.telemetry), self._fresh(batch, batch.events)
        quarantined = [q for q in batch.quarantined if q.id not in self._quarantined]
        held = lines.quarantine_lines(quarantined, self._writer, self._held)
        while len(self._held) > HELD:
            del self._held[next(iter(self._held))]
        values, gone, kept_from = 0, self._raw_floor(), self._now() - self._minute + self._margin
        oldest = min((m.samples[0].t for m in telemetry), default=gone)
        ancient = [e for e in events if e.t < kept_from]
        if telemetry or ancient:
            if not batch.replays:
                self._wrote = self._wrote or bool(telemetry)
                self._note_times(telemetry, oldest, gone, bool(ancient) or oldest < gone)
            gen = self._generation(bool(batch.replays))
            if oldest >= gone and telemetry:
                text, values = self._lines.build(telemetry)
                server.write("raw", text)
            else:
                values = late.write(server, self._lines, telemetry, gone - self._margin, gone, gen)
            if ancient:
                server.write("late", "\n".join(lines.event_lines(ancient, f"event,gen={gen}")))
        if others := lines.event_lines(e for e in events if e.t >= kept_from):
            server.write("events", "\n".join(others))
        if held or replayed:
            server.write("events", "\n".join([*held, replayed] if replayed else held), "ns")
        # absolute figures: writing them again changes nothing either
        counts, writer = Counter(before), f"{self._writer}.replays" if batch.replays else self._writer
        counts.update(values=values, messages=len(telemetry) + len(events), events=len(events), quarantined=len(held))
        fields = ",".join(f"{k}={v}i" for k, v in counts.items())
        server.write("state", "\n".join([*lines.mark_lines(batch.marks), f"counts,writer={writer} {fields} 1"]))
        if not batch.replays:
            self._counts = counts
        self._marks.update(batch.marks)
        self._quarantined.update(q.id for q in quarantined)

    def _note_times(self, telemetry: Sequence[Any], oldest: int, gone: int, late: bool) -> None:
        """Before rows come for minutes that are rolled up (or being so), those are durably noted as late."""
        boundary = max(self._rolled, self._rolling, gone)
        came: set[int] = set()
        if oldest < boundary:
            came = {floor(s.t, MINUTE) for m in telemetry for s in m.samples if s.t < boundary}
        new = [(t, t + MINUTE) for t in came if not any(a <= t < b for a, b in self._late)]
        self._came.extend((t, t + MINUTE) for t in came)
        first = min(self._first or oldest, oldest) if telemetry and not self._rolled else self._first
        gen = self._gen or (self._now() if late else 0)
        if new or first != self._first or gen != self._gen:
            self._first, self._gen = first, gen
            self._late = joined(self._late + new)
            self._server.write("state", self._reach_line())

    # --- reading -------------------------------------------------------------------------------------------
