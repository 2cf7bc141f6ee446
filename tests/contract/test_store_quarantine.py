"""What every store does with what could not be stored as it came: kept, paged, replayed."""

from __future__ import annotations

from andon_platform.data.port import (
    Batch,
    Mark,
    Quarantined,
    TelemetryStore,
)
from support.stores import MACHINE, T0, points, raw, telemetry

HOSTILE = 'andon/v1/a b,c=d\\"\n\x00' + "'; DROP TABLE x; --"


async def test_quarantine_keeps_what_came_and_pages(store: TelemetryStore) -> None:
    def one(n: int, reason: str = "malformed-json") -> Quarantined:
        return Quarantined(f"id-{n}", T0 + n, HOSTILE, bytes(range(256)), reason, HOSTILE, MACHINE, 1, n)

    first = Batch(quarantined=[one(1), one(2, "future"), one(3)], marks={(MACHINE, 1): Mark(3, quarantined=3)})
    await store.write(first)
    await store.write(Batch(quarantined=[one(2, "future")]))  # redelivered: the id is the same
    assert await store.quarantine() == [one(3), one(2, "future"), one(1)]
    assert await store.quarantine(limit=1, before=T0 + 3) == [one(2, "future")]
    assert await store.quarantine(reason="malformed-json") == [one(3), one(1)]
    assert await store.quarantine_get("id-2") == one(2, "future")
    assert (await store.health()).counts["quarantined"] == 3
    await store.quarantine_done("id-2", T0 + 99)
    found = await store.quarantine_get("id-2")
    assert found is not None and found.replayed == T0 + 99


async def test_pages_of_quarantine_leave_out_nothing_that_came_in_one_microsecond(store: TelemetryStore) -> None:
    held = [
        Quarantined(f"id-{n:02}", T0 + n // 10, f"andon/v1/{MACHINE}/telemetry", b"{", "malformed-json", "", MACHINE)
        for n in range(25)
    ]
    await store.write(Batch(quarantined=held[::2]))
    await store.write(Batch(quarantined=held[1::2]))
    page, found = await store.quarantine(limit=4), list[Quarantined]()
    while page:
        found += page
        page = await store.quarantine(limit=4, before=page[-1].received, below=page[-1].id)
    assert found == held[::-1]
    assert await store.quarantine(before=0) == []


async def test_a_replay_stores_what_was_settled_as_quarantined(store: TelemetryStore) -> None:
    held = Quarantined("id-1", T0, "topic", b"{}", "unknown-signal", "", MACHINE, 1, 1)
    await store.write(Batch(quarantined=[held], marks={(MACHINE, 1): Mark(1, quarantined=1)}))
    await store.write(Batch(telemetry=[telemetry(1, (1, {"force": 1.0}))], replays="id-1"))
    assert points(await raw(store)) == [(1, 1.0)]
    assert (await store.marks())[MACHINE, 1] == Mark(1, quarantined=1)
    found = await store.quarantine_get("id-1")
    assert found is not None and found.replayed > 0
