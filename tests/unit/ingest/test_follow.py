"""One message of a machine is followed through ingest: its time at each hop, and nothing of the others."""

from __future__ import annotations

import pytest
from andon_contracts.codec import encode
from andon_contracts.messages import Telemetry
from andon_platform.data.errors import StoreRefused
from andon_platform.data.memory import MemoryStore
from andon_platform.data.port import Batch
from andon_platform.flow.trace import Trace
from andon_platform.ingest.config import IngestConfig
from andon_platform.ingest.follow import LIFE_US, MOST, Follower
from andon_platform.ingest.judge import Machines
from andon_platform.ingest.pipeline import Pipeline
from andon_platform.ingest.settle import Settlement
from andon_platform.ingest.stats import IngestStats
from support.sender import birth
from support.stores import MACHINE, SECOND, T0, telemetry

OTHER = "polaris/north/cabinets/press/press-2"
TOPIC = f"andon/v1/{MACHINE}/telemetry".encode()


class Ticking:
    """A clock that goes on by a millisecond each time it is read."""

    def __init__(self) -> None:
        self.t = T0 + 10 * SECOND

    def __call__(self) -> int:
        self.t += 1_000
        return self.t


class Run:
    """A pipeline without a broker; what is given is written at once."""

    def __init__(self, store: MemoryStore | None = None) -> None:
        self.now, self.stats, self.settlement = Ticking(), IngestStats(), Settlement({})
        self.follower = Follower(self.now)
        self.pipeline = Pipeline(
            IngestConfig("", 0, None), store or MemoryStore(), self.settlement,
            Machines({MACHINE: birth(MACHINE, "force"), OTHER: birth(OTHER, "force")}), self.stats,
            now=self.now, acknowledge=lambda handles: None, stored=lambda sound, keys: None, follower=self.follower,
        )  # fmt: skip

    async def give(self, *messages: Telemetry | bytes) -> None:
        payloads = [m if isinstance(m, bytes) else encode(m) for m in messages]
        topics = [TOPIC if isinstance(m, bytes) else f"andon/v1/{m.machine}/telemetry".encode() for m in messages]
        await self.pipeline.take([(t, p, i) for i, (t, p) in enumerate(zip(topics, payloads, strict=True), 1)])
        self.pipeline.stop()
        await self.pipeline.run()

    def told(self, machine: str = MACHINE) -> None:
        marks = self.settlement.marks
        self.follower.told(machine, lambda key: marks[key].settled if key in marks else 0)


def at(seq: int, machine: str = MACHINE, journaled: int | None = T0 + 9 * SECOND + 400) -> Telemetry:
    message = telemetry(seq, (9.0, {"force": 1.0}), machine=machine)
    if journaled is not None:
        message.journaled = journaled
    return message


async def test_the_next_message_alone_is_followed_and_its_hops_are_in_order() -> None:
    run = Run()
    trace = run.follower.follow(MACHINE)
    assert (trace.received, trace.outcome) == (0, "")
    await run.give(at(1, OTHER), at(1), at(2))
    assert (trace.epoch, trace.seq, trace.samples, trace.values, trace.batch) == (1, 1, 1, 1, 3)
    assert trace.outcome == "stored"
    assert trace.payload == encode(at(1))
    times = [trace.asked, trace.received, trace.judged, trace.written, trace.acknowledged]
    assert times == sorted(set(times))
    assert (trace.measured, trace.journaled) == (T0 + 9 * SECOND, T0 + 9 * SECOND + 400)
    assert not trace.done
    run.told(OTHER)
    assert not trace.watermark
    run.told()
    assert trace.watermark > trace.acknowledged
    assert trace.done
    assert (run.follower.wanted, run.follower.under_way) == ({}, {})
    assert run.follower.get(trace.id) is trace


async def test_two_who_ask_follow_the_same_message() -> None:
    run = Run()
    traces = [run.follower.follow(MACHINE) for _ in range(2)]
    await run.give(at(1), at(2))
    assert [t.seq for t in traces] == [1, 1]
    assert traces[0].id != traces[1].id


async def test_a_watermark_below_the_message_does_not_count() -> None:
    run = Run()
    trace = run.follower.follow(MACHINE)
    await run.give(at(3))
    run.told()
    assert trace.acknowledged
    assert not trace.watermark


async def test_a_foreign_sender_without_a_journal_is_followed_without_that_time() -> None:
    run = Run()
    trace = run.follower.follow(MACHINE)
    await run.give(at(1, journaled=None))
    assert (trace.journaled, trace.outcome) == (0, "stored")
    assert run.stats.hops["broker"].figures().count == 0
    assert run.stats.hops["write"].figures().count == 1


@pytest.mark.parametrize(("payload", "keyed"), [(b"{", False), (encode(telemetry(7, (9, {"strange": 1.0}))), True)])
async def test_a_message_that_cannot_be_trusted_is_followed_into_quarantine(payload: bytes, keyed: bool) -> None:
    run = Run()
    trace = run.follower.follow(MACHINE)
    await run.give(payload)
    assert trace.outcome == "quarantined"
    assert trace.reason == ("unknown-signal" if keyed else "malformed-json")
    assert trace.acknowledged > trace.written > trace.judged
    assert trace.done is not keyed


class Picky(MemoryStore):
    """Refuses a batch with seq 2."""

    async def write(self, batch: Batch) -> None:
        if any(m.seq == 2 for m in batch.telemetry):
            raise StoreRefused("it does not fit")
        await super().write(batch)


async def test_what_the_store_refuses_is_followed_into_quarantine() -> None:
    run = Run(Picky())
    await run.pipeline.take([])
    run.follower.follow(OTHER)
    trace: Trace = run.follower.follow(MACHINE)
    await run.give(at(2), at(3))
    assert (trace.seq, trace.outcome, trace.reason) == (2, "quarantined", "refused")


async def test_redelivered_messages_are_not_followed() -> None:
    run = Run()
    run.settlement.take((MACHINE, 1), 1)
    trace = run.follower.follow(MACHINE)
    await run.give(at(1), at(2))
    assert trace.seq == 2


async def test_hops_are_timed_for_every_message() -> None:
    run = Run()
    await run.give(*(at(n) for n in range(1, 41)))
    figures = {name: hop.figures() for name, hop in run.stats.hops.items()}
    assert [figures[name].count for name in ("journal", "broker", "write", "watermark")] == [40, 40, 40, 0]
    assert figures["journal"].p50_ms == pytest.approx(0.4, rel=0.1)
    assert figures["broker"].p50_ms == pytest.approx(1_000, rel=0.1)
    assert 1 < figures["write"].p50_ms < 10


def test_requests_are_bounded_in_number_and_age() -> None:
    now = [T0]
    follower = Follower(lambda: now[0])
    first = follower.follow(MACHINE)
    others = [follower.follow(OTHER) for _ in range(MOST - 1)]
    assert follower.get(first.id) is first
    follower.follow(OTHER)
    assert follower.get(first.id) is None
    assert MACHINE not in follower.wanted
    now[0] += LIFE_US + 1
    assert follower.get(others[-1].id) is None
    assert follower.wanted == {}
