"""Whatever comes: quarantined with a reason, counted, settled where it may be, and nothing else disturbed."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Any

import pytest
from andon_contracts.codec import encode
from andon_platform.data.errors import StoreRefused
from andon_platform.data.memory import MemoryStore
from andon_platform.data.port import Batch, EventQuery, SeriesQuery
from andon_platform.ingest import IngestConfig, IngestStats
from andon_platform.ingest.judge import Machines
from andon_platform.ingest.pipeline import Pipeline
from andon_platform.ingest.settle import Settlement
from support.sender import birth
from support.stores import MACHINE, SECOND, T0, Clock, telemetry

OTHER = "polaris/north/cabinets/press/press-2"
TOPIC = f"andon/v1/{MACHINE}/telemetry".encode()
EVENT = f"andon/v1/{MACHINE}/event".encode()


def message(**changes: Any) -> dict[str, Any]:
    sample = {"t": T0 + SECOND, "values": changes.pop("values", {"force": 1.0})}
    sample["t"] = changes.pop("t", sample["t"])
    return {"v": 1, "machine": MACHINE, "epoch": 1, "seq": 2, "samples": [sample], **changes}


def text(raw: str) -> bytes:
    """A sound message, its value replaced by ``raw``."""
    return json.dumps(message()).replace("1.0", raw).encode()


DAY = 86_400 * SECOND
CASES: dict[str, tuple[bytes, bytes, str, bool]] = {
    # topic, payload, reason, settled
    "not json": (TOPIC, b"{", "malformed-json", False),
    "empty": (TOPIC, b"", "malformed-json", False),
    "not utf-8": (TOPIC, b"\xff\xfe{}", "malformed-json", False),
    "deep": (TOPIC, b'{"machine":' + b"[" * 100_000, "", False),
    "cut off": (TOPIC, json.dumps(message()).encode()[:-3], "malformed-json", False),
    "nan": (TOPIC, text("NaN"), "malformed-json", False),
    "infinity": (TOPIC, text("Infinity"), "malformed-json", False),
    "1e999": (TOPIC, text("1e999"), "", True),
    "value is text": (TOPIC, text('"1"'), "wrong-shape", True),
    "value is null": (TOPIC, text("null"), "wrong-shape", True),
    "seq is text": (TOPIC, json.dumps(message(seq="2")).encode(), "wrong-shape", False),
    "seq is zero": (TOPIC, json.dumps(message(seq=0)).encode(), "bad-sequence", False),
    "seq is huge": (TOPIC, json.dumps(message(seq=1 << 70)).encode(), "bad-sequence", False),
    "no samples": (TOPIC, json.dumps(message(samples=[])).encode(), "wrong-shape", True),
    "version": (TOPIC, json.dumps(message(v=99)).encode(), "unknown-version", True),
    "time stands": (TOPIC, json.dumps(message(samples=[{"t": T0, "values": {}}] * 2)).encode(), "bad-time", True),
    "time is negative": (TOPIC, json.dumps(message(t=-5)).encode(), "bad-time", True),
    "far future": (TOPIC, json.dumps(message(t=T0 + 2 * 3600 * SECOND)).encode(), "future", True),
    "far past": (TOPIC, json.dumps(message(t=T0 - 3_700 * DAY)).encode(), "too-old", True),
    "clock never set": (TOPIC, json.dumps(message(t=1_000)).encode(), "too-old", True),
    "unknown signal": (TOPIC, json.dumps(message(values={"nope": 1.0})).encode(), "unknown-signal", True),
    "injection": (TOPIC, json.dumps(message(values={"force=1,x": 1.0})).encode(), "unknown-signal", True),
    "another machine": (TOPIC, json.dumps(message(machine=OTHER)).encode(), "wrong-machine", False),
    "oversized": (TOPIC, json.dumps(message(pad="x" * 300_000)).encode(), "too-large", True),
    "oversized rubbish": (TOPIC, b"x" * 300_000, "too-large", False),
    "no such topic": (b"andon/v1/\xff/telemetry", b"{}", "wrong-topic", False),
    "foreign topic": (b"else/where", b"{}", "wrong-topic", False),
    "void of the future": (
        EVENT,
        json.dumps(
            {"v": 1, "kind": "void", "machine": MACHINE, "epoch": 1, "seq": 2, "t": T0, "of_epoch": 1, "first": 1,
             "last": 1 << 50, "reason": ""}
        ).encode(),
        "bad-void",
        True,
    ),
    "unknown kind": (EVENT, json.dumps({**message(), "kind": "nope", "t": T0}).encode(), "wrong-shape", True),
}  # fmt: skip


class Run:
    """A pipeline without a broker: what is given is written at once."""

    def __init__(self, store: MemoryStore, known: Sequence[str] = (MACHINE, OTHER), inflight: int = 10_000) -> None:
        self.store, self.stats, self.acknowledged = store, IngestStats(), list[int]()
        self.pipeline = Pipeline(
            IngestConfig("", 0, None, inflight=inflight),
            store,
            Settlement({}),
            Machines({machine: birth(machine, "force") for machine in known}),
            self.stats,
            now=Clock(T0 + 10 * SECOND),
            acknowledge=self.acknowledged.extend,
            stored=lambda sound, keys: None,
        )

    async def give(self, *deliveries: tuple[bytes, bytes]) -> None:
        start = len(self.acknowledged) + 1
        await self.pipeline.take([(t, p, start + i) for i, (t, p) in enumerate(deliveries)])
        self.pipeline.stop()
        await self.pipeline.run()


@pytest.mark.parametrize("case", CASES)
async def test_bad_input_is_quarantined_and_nothing_else_is_disturbed(case: str) -> None:
    topic, payload, reason, settled = CASES[case]
    run = Run(MemoryStore())
    sound = [(TOPIC, encode(telemetry(n, (n, {"force": 1.0})))) for n in (1, 3)]
    await run.give(sound[0], (topic, payload), sound[1])
    assert run.acknowledged == [1, 2, 3]
    (held,) = await run.store.quarantine()
    assert reason in ("", held.reason), held
    assert held.detail and len(held.detail) <= 1_000
    assert held.payload == payload if len(payload) <= 256_000 else payload.startswith(held.payload)
    assert len(held.payload) <= 256_000
    mark = (await run.store.marks())[MACHINE, 1]
    assert (mark.stored, mark.quarantined) == (2, int(settled))
    assert mark.settled == (3 if settled else 1)
    assert set(await run.store.marks()) == {(MACHINE, 1)}
    assert run.stats.quarantined == {held.reason: 1}


async def test_a_redelivered_bad_message_is_held_once() -> None:
    run = Run(MemoryStore())
    await run.give((TOPIC, b"{"), (TOPIC, b"{"))
    assert len(await run.store.quarantine()) == 1


class Picky(MemoryStore):
    """Refuses a batch with the message of seq 3, as a database refuses what it cannot hold."""

    async def write(self, batch: Batch) -> None:
        if any(m.seq == 3 for m in batch.telemetry):
            raise StoreRefused("not this one")
        await super().write(batch)


async def test_a_message_that_the_store_refuses_is_found_and_held() -> None:
    run = Run(Picky())
    await run.give(*[(TOPIC, encode(telemetry(n, (n, {"force": 1.0})))) for n in range(1, 9)])
    (held,) = await run.store.quarantine()
    assert (held.reason, held.seq) == ("refused", 3)
    mark = (await run.store.marks())[MACHINE, 1]
    assert (mark.settled, mark.stored, mark.quarantined) == (8, 7, 1)
    assert run.acknowledged == list(range(1, 9))


async def test_what_is_older_than_raw_is_stored_and_not_quarantined() -> None:
    run = Run(MemoryStore(now=Clock(T0 + 10 * SECOND)))
    old = json.dumps(message(t=T0 - 30 * DAY)).encode()
    state = {"v": 1, "kind": "state", "machine": MACHINE, "epoch": 1, "seq": 3, "t": T0 - 30 * DAY, "state": "idle"}
    await run.give((TOPIC, old), (EVENT, json.dumps(state).encode()))
    assert await run.store.quarantine() == []
    found = await run.store.series(SeriesQuery(MACHINE, "force", T0 - 31 * DAY, T0, every=60 * SECOND, agg="count"))
    assert list(found.values) == [1.0]
    assert [e.seq for e in await run.store.events(EventQuery(T0 - 31 * DAY, T0))] == [3]


@pytest.mark.parametrize(("before", "held"), [(100, 0), (101, 101)])
async def test_a_birth_is_waited_for_behind_all_that_the_broker_may_send_unacknowledged(before: int, held: int) -> None:
    """Who comes back after a long absence gets all that it may, then the births. More than that is a flood."""
    run = Run(MemoryStore(), known=[OTHER], inflight=100)
    kept = [(TOPIC, encode(telemetry(n, (n / 100, {"force": 1.0}))), 0) for n in range(1, before + 1)]
    await run.pipeline.take(kept)
    run.pipeline.give_up_waiting(time.monotonic())
    await run.give((f"andon/v1/{MACHINE}/birth".encode(), encode(birth(MACHINE, "force"))))
    mark = (await run.store.marks())[MACHINE, 1]
    assert (mark.stored, mark.quarantined) == (before - held, held)
