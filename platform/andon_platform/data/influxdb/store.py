"""The store's face: order of writes, what is known in memory, answers put together from Flux."""

from __future__ import annotations

import asyncio
import base64
import json
from collections import Counter, defaultdict
from collections.abc import Sequence

import msgspec
import structlog
from andon_contracts.messages import Event, Telemetry

from andon_platform.data import plan
from andon_platform.data.aggregate import DAY, HOUR, floor
from andon_platform.data.answers import answer
from andon_platform.data.delays import Delays
from andon_platform.data.errors import StoreUnavailable
from andon_platform.data.influxdb import scripts, tallies
from andon_platform.data.influxdb.connection import FUTURE, Rows, microseconds, pieced
from andon_platform.data.influxdb.counts import counts
from andon_platform.data.influxdb.merge import merged
from andon_platform.data.influxdb.messages import messages
from andon_platform.data.influxdb.text import plain
from andon_platform.data.influxdb.upkeep import Upkeep
from andon_platform.data.port import (
    CountQuery,
    Counts,
    EventQuery,
    Mark,
    MarkKey,
    MessageQuery,
    Quarantined,
    Series,
    SeriesQuery,
    StoreHealth,
    ValueQuery,
)

log = structlog.get_logger(__name__)
_event = msgspec.json.Decoder(Event)


class InfluxDBStore(Upkeep):
    """One instance writes (``writer`` names it for ever: each keeps its own state); any number may read."""

    async def marks(self) -> dict[MarkKey, Mark]:
        """See the port."""
        return await self._read_marks()

    async def series(self, asked: SeriesQuery) -> Series:
        """See the port."""
        if asked.every is None or asked.agg == "raw":
            rows = await self._ask(
                scripts.points(asked.machine, asked.signal, asked.start, asked.stop, asked.limit + 1)
            )
            points = sorted((microseconds(r["_time"]), float(r["_value"])) for r in rows)
            return answer(asked, points, None, "raw")
        reach = await self._reach()
        every = plan.coarse_enough(asked.start, asked.every, reach)
        stretches = plan.plan(asked.start, asked.stop, every, reach)
        if asked.agg == "mean" and [source for source, _, _ in stretches] == ["raw"]:
            # nearly always: one epoch and so one table, whose means are the answer
            means = await self._ask(scripts.raw_means(asked.machine, asked.signal, asked.start, asked.stop, every))
            points = sorted((floor(microseconds(r["_time"]), every), float(r["_value"])) for r in means)
            if len({t for t, _ in points}) == len(points):
                return answer(asked, points, every, "raw")
        asks = [
            scripts.raw_windows(asked.machine, asked.signal, a, b, every, asked.agg)
            if source == "raw"
            else scripts.rolled_windows(source, asked.machine, asked.signal, a, b, every, asked.agg)
            for source, a, b in stretches
        ]
        found = await asyncio.gather(*(self._ask(script) for script in asks))
        return answer(asked, merged(found, every, asked.agg), every, plan.coarsest(stretches))

    async def events(self, asked: EventQuery) -> list[Event]:
        """See the port."""
        buckets = ["events"]
        if asked.start < self._now() - self._minute + self._margin:
            buckets.append("late")  # where events stand that were too old for their bucket when they came
        rows = [row for bucket in buckets for row in await self._ask(scripts.events(bucket, asked))]
        # a shift's thousands take a tenth of a second, in which the loop serves others
        found = await self._run(_events, rows)
        return found[-asked.limit :] if asked.newest else found[: asked.limit]

    async def counts(self, asked: CountQuery) -> list[Counts]:
        """See the port."""
        return await counts(self._ask, self.events, asked)

    async def value_counts(self, asked: ValueQuery) -> dict[tuple[str, str], int]:
        """See the port."""
        stretches = plan.plan(asked.start, asked.stop, HOUR, await self._reach())
        return await tallies.value_counts(self._ask, stretches, asked.places)

    async def write_delays(self, counted: Sequence[Delays]) -> None:
        """See the port."""
        kept_from = self._now() - self._minute + self._margin
        if text := "\n".join(tallies.delay_lines(counted, kept_from)):
            await self._run(self._server.write, "minute", text)

    async def delays(self, machine: str, start: int, stop: int) -> list[Delays]:
        """See the port."""
        return await tallies.delays(self._ask, machine, start, stop)

    async def messages(self, asked: MessageQuery) -> list[Telemetry | Event]:
        """See the port."""
        now = self._now()
        return await messages(self._ask, now, now - self._raw - self._margin, asked)

    async def latest(self, machine: str | None = None) -> dict[str, dict[str, tuple[int, float]]]:
        """See the port."""
        now = self._now()
        found: dict[str, dict[str, tuple[int, float]]] = {}
        for row in await self._ask(scripts.latest(machine, now - DAY, now + FUTURE)):
            mine = found.setdefault(row["machine"], {})
            t = microseconds(row["_time"])
            if row["_field"] not in mine or mine[row["_field"]][0] < t:
                mine[row["_field"]] = (t, float(row["_value"]))
        return found

    async def quarantine(
        self, *, limit: int = 100, before: int | None = None, below: str = "", reason: str | None = None
    ) -> list[Quarantined]:
        """See the port."""
        until = self._now() + FUTURE if before is None else before
        rows = await self._ask(scripts.quarantine_ids(until, reason, None, limit, below))
        found = await self._entries({(int(row["at"]), row["page"], row["reason"]) for row in rows})
        return sorted(found, key=lambda q: (q.received, q.id), reverse=True)

    async def quarantine_get(self, id: str) -> Quarantined | None:
        """See the port."""
        place = await self._find(id)
        found = await self._entries({place}) if place else []
        return found[0] if found else None

    async def _entries(self, places: set[tuple[int, str, str]]) -> list[Quarantined]:
        """The entries at these (ns, page, reason), in no order."""
        if not places:
            return []
        times, reasons = {at for at, _, _ in places}, {reason for _, _, reason in places}
        fields: dict[tuple[int, str, str], dict[str, str]] = defaultdict(dict)
        for row in await self._ask(scripts.quarantine_entries(min(times), max(times), reasons)):
            fields[int(row["at"]), row["page"], row["reason"]][row["_field"]] = row["_value"]
        return [_quarantined(at, reason, fields[at, page, reason]) for at, page, reason in places]

    async def quarantine_done(self, id: str, when: int) -> None:
        """See the port."""
        found = await self._find(id)
        if found is not None:
            line = f"quarantine,page={found[1]},reason={plain(found[2])} replayed={when}i {found[0]}"
            await self._run(self._server.write, "events", line, "ns")

    async def health(self, *, exact: bool = False) -> StoreHealth:
        """See the port. ``exact`` adds ``messages_on_disk``."""
        try:
            marks = await self._read_marks()
            written = await self._read_counts()
            oldest = await self._oldest()
            size = sum(shard.bytes for shard in await self._run(self._server.shards))
            counts = dict.fromkeys(("values", "events", "quarantined", "duplicated"), 0)
            for some in written.values():
                counts = {name: counts.get(name, 0) + some[name] for name in {*counts, *some}}
            counts["messages"] = sum(m.stored for m in marks.values())
            counts["voided"] = sum(m.voided for m in marks.values())
            if exact:
                counts.update(await self._exact())
        except StoreUnavailable as error:
            return StoreHealth("influxdb", False, str(error), 0, None, {})
        return StoreHealth("influxdb", True, self._detail(), size, oldest, counts)

    async def _exact(self) -> dict[str, int]:
        async def number(script: str) -> int:
            return sum(int(float(row["_value"])) for row in await self._ask(script))

        counts = Counter[str]()
        for bucket in ("raw", "late"):
            where = f'r._measurement == "{bucket}" and r._field'
            different = await number(scripts.distinct_seqs(bucket))
            counts["duplicated"] += await number(scripts.total(bucket, f'{where} == "@seq"')) - different
            counts["values"] += await number(scripts.total(bucket, f"{where} !~ /^@/"))
            counts["messages_on_disk"] += different
        for bucket in ("events", "late"):
            where = 'r._measurement == "event" and r._field == "seq"'
            counts["messages_on_disk"] += await number(scripts.total(bucket, where))
        return dict(counts)


def _events(rows: Rows) -> list[Event]:
    """Put together from their fields, oldest first."""
    texts: dict[tuple[str, ...], dict[str, str]] = defaultdict(dict)
    for row in rows:
        texts[row["machine"], row["epoch"], row["kind"], row["_time"]][row["_field"]] = row["_value"]
    return sorted((_event.decode(pieced(f)) for f in texts.values()), key=lambda e: (e.t, e.machine, e.seq))


def _quarantined(at: int, reason: str, fields: dict[str, str]) -> Quarantined:
    d = json.loads(pieced(fields))
    return Quarantined(
        fields["id"], at // 1000, d["topic"], base64.b64decode(d["payload"]), reason, d["detail"],
        d["machine"], d["epoch"], d["seq"], int(fields["replayed"]),
    )  # fmt: skip
