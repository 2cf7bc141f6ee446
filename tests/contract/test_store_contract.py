"""What every store does, written once and run on each: the fake, DuckDB, and InfluxDB (marker integration)."""

from __future__ import annotations

import asyncio
import math

import pytest
from andon_contracts.messages import AlarmRaised, PiecesCounted, Span, StateChanged, Voided
from andon_platform.data.aggregate import DAY, HOUR, MINUTE
from andon_platform.data.port import (
    Batch,
    CountQuery,
    Counts,
    EventQuery,
    Mark,
    MessageQuery,
    SeriesQuery,
    TelemetryStore,
)
from support.stores import MACHINE, OTHER, SECOND, T0, Clock, batch_of, points, raw, telemetry


async def test_values_come_back_in_order_of_time(store: TelemetryStore) -> None:
    await store.write(
        batch_of(
            telemetry(1, (1, {"force": 1.5, "speed": 10.0}), (2, {"force": 2.5})),
            telemetry(2, (3, {"force": -3.25, "speed": 30.0})),
        )
    )
    found = await raw(store)
    assert points(found) == [(1, 1.5), (2, 2.5), (3, -3.25)]
    assert (found.source, found.every, found.agg, found.truncated) == ("raw", None, "raw", False)
    assert points(await raw(store, "speed")) == [(1, 10.0), (3, 30.0)]


async def test_nothing_stored_is_an_empty_answer(store: TelemetryStore) -> None:
    assert points(await raw(store)) == []
    assert points(await store.series(SeriesQuery(MACHINE, "force", T0, T0 + HOUR, every=MINUTE))) == []
    assert await store.latest() == {}
    assert await store.events(EventQuery(T0, T0 + HOUR)) == []
    assert await store.marks() == {}
    assert await store.quarantine_get("no-such") is None


async def test_writing_twice_stores_once(store: TelemetryStore) -> None:
    batch = batch_of(telemetry(1, (1, {"force": 1.0})), telemetry(2, (2, {"force": 2.0})))
    batch.events.append(StateChanged(machine=MACHINE, epoch=1, seq=3, t=T0, state="idle"))
    batch.marks[MACHINE, 1] = Mark(settled=3, stored=3)
    await store.write(batch)
    await store.write(batch)
    assert points(await raw(store)) == [(1, 1.0), (2, 2.0)]
    assert len(await store.events(EventQuery(T0, T0 + 1))) == 1
    health = await store.health(exact=True)
    assert (health.counts["values"], health.counts["duplicated"], health.counts["messages"]) == (2, 0, 3)


async def test_a_batch_that_overlaps_what_is_stored_adds_only_what_is_new(store: TelemetryStore) -> None:
    await store.write(batch_of(telemetry(1, (1, {"force": 1.0})), telemetry(3, (3, {"force": 3.0}))))
    assert (await store.marks())[MACHINE, 1] == Mark(1, (Span(3, 3),), stored=2)
    again = Batch(telemetry=[telemetry(n, (n, {"force": float(n)})) for n in (1, 2, 3, 4)])
    again.marks[MACHINE, 1] = Mark(settled=4, stored=4)
    await store.write(again)
    assert points(await raw(store)) == [(1, 1.0), (2, 2.0), (3, 3.0), (4, 4.0)]
    assert (await store.marks())[MACHINE, 1] == Mark(settled=4, stored=4)


async def test_epochs_and_machines_are_kept_apart(store: TelemetryStore) -> None:
    await store.write(
        batch_of(
            telemetry(1, (1, {"force": 1.0})),
            telemetry(1, (1, {"force": 2.0}), epoch=2),
            telemetry(1, (1, {"force": 3.0}), machine=OTHER),
        )
    )
    assert sorted((await raw(store)).values) == [1.0, 2.0]
    assert list((await raw(store, machine=OTHER)).values) == [3.0]
    mean = await store.series(SeriesQuery(MACHINE, "force", T0, T0 + MINUTE, every=MINUTE))
    assert points(mean) == [(0, 1.5)]
    assert set(await store.marks()) == {(MACHINE, 1), (MACHINE, 2), (OTHER, 1)}


async def test_range_is_half_open_and_the_limit_cuts_the_end(store: TelemetryStore) -> None:
    await store.write(batch_of(*(telemetry(n, (n, {"force": float(n)})) for n in range(1, 11))))
    query = SeriesQuery(MACHINE, "force", T0 + 2 * SECOND, T0 + 5 * SECOND)
    assert points(await store.series(query)) == [(2, 2.0), (3, 3.0), (4, 4.0)]
    cut = await raw(store, limit=4)
    assert points(cut) == [(1, 1.0), (2, 2.0), (3, 3.0), (4, 4.0)]
    assert cut.truncated
    whole = await raw(store, limit=10)
    assert len(whole.times) == 10 and not whole.truncated


EXPECTED = {
    "mean": 2.5,
    "min": 1.0,
    "max": 4.0,
    "first": 3.0,
    "last": 2.0,
    "count": 4.0,
    "sum": 10.0,
    "stddev": math.sqrt(1.25),
}


@pytest.mark.parametrize("rolled", [False, True], ids=["fresh", "rolled"])
@pytest.mark.parametrize("every", [10 * SECOND, MINUTE, HOUR], ids=["10s", "1m", "1h"])
async def test_every_aggregate(store: TelemetryStore, every: int, rolled: bool) -> None:
    values = [3.0, 1.0, 4.0, 2.0]
    await store.write(batch_of(*(telemetry(n + 1, (n + 1, {"force": v})) for n, v in enumerate(values))))
    if rolled:
        await store.roll_up(T0, T0 + 2 * HOUR)
    for agg, expected in EXPECTED.items():
        found = await store.series(SeriesQuery(MACHINE, "force", T0, T0 + HOUR, every=every, agg=agg))  # type: ignore[arg-type]
        assert [t for t, _ in points(found)] == [0], agg
        assert found.values[0] == pytest.approx(expected), agg
        assert (found.every, found.agg) == (every, agg)


async def test_buckets_stand_on_multiples_of_every_and_edges_are_exact(store: TelemetryStore) -> None:
    await store.write(batch_of(*(telemetry(n, (n * 10, {"force": float(n)})) for n in range(1, 31))))
    await store.roll_up(T0, T0 + 4 * MINUTE)  # the fifth minute stays raw
    query = SeriesQuery(MACHINE, "force", T0 + 25 * SECOND, T0 + 275 * SECOND, every=MINUTE, agg="sum")
    found = await store.series(query)
    # 30, 40, 50 s; then whole minutes; 240 to 270 s
    assert points(found) == [(0, 12.0), (60, 51.0), (120, 87.0), (180, 123.0), (240, 102.0)]
    counted = await store.series(SeriesQuery(MACHINE, "force", T0, T0 + HOUR, every=2 * MINUTE, agg="count"))
    assert points(counted) == [(0, 11.0), (120, 12.0), (240, 7.0)]


async def test_roll_ups_merge_to_the_same_as_raw(store: TelemetryStore) -> None:
    samples = [telemetry(n, (n * 7, {"force": math.sin(n) * 50 + 1000})) for n in range(1, 1500)]
    await store.write(batch_of(*samples))
    queries = [
        SeriesQuery(MACHINE, "force", T0, T0 + 3 * HOUR, every=every, agg=agg)  # type: ignore[arg-type]
        for every in (MINUTE, 5 * MINUTE, HOUR)
        for agg in EXPECTED
    ]
    before = [await store.series(query) for query in queries]
    for _ in range(2):  # the second time afresh: nothing counts twice
        await store.roll_up(T0, T0 + 2 * HOUR + 30 * MINUTE)
        for query, fresh in zip(queries, before, strict=True):
            after = await store.series(query)
            assert list(after.times) == list(fresh.times), query
            assert list(after.values) == pytest.approx(list(fresh.values), rel=1e-9, abs=1e-9), query


async def test_late_rows_are_seen_before_and_after_their_roll_up(store: TelemetryStore, clock: Clock) -> None:
    await store.write(batch_of(telemetry(1, (1, {"force": 1.0})), telemetry(2, (7300, {"force": 2.0}))))
    for start, stop in await store.stale(clock()):
        await store.roll_up(start, stop)
    assert await store.stale(clock()) == []
    late = Batch(telemetry=[telemetry(3, (30, {"force": 5.0}))], marks={(MACHINE, 1): Mark(3, stored=3)})
    await store.write(late)
    query = SeriesQuery(MACHINE, "force", T0, T0 + HOUR, every=MINUTE, agg="sum")
    assert points(await store.series(query)) == [(0, 6.0)]
    stale = await store.stale(clock())
    assert stale and all(start <= T0 + 30 * SECOND < stop for start, stop in stale)
    for start, stop in stale:
        await store.roll_up(start, stop)
    assert points(await store.series(query)) == [(0, 6.0)]
    assert await store.stale(clock()) == []


async def test_latest_is_the_newest_of_each_signal(store: TelemetryStore) -> None:
    at = 3.9 * 3600
    await store.write(
        batch_of(
            telemetry(1, (at, {"force": 1.0, "speed": 9.0})),
            telemetry(2, (at + 1, {"force": 2.0})),
            telemetry(1, (at, {"force": 7.0}), machine=OTHER),
        )
    )
    late = Batch(telemetry=[telemetry(3, (at - 60, {"force": 5.0}))], marks={(MACHINE, 1): Mark(3, stored=3)})
    await store.write(late)
    t = T0 + int(at * SECOND)
    assert await store.latest() == {
        MACHINE: {"force": (t + SECOND, 2.0), "speed": (t, 9.0)},
        OTHER: {"force": (t, 7.0)},
    }
    assert set(await store.latest(OTHER)) == {OTHER}


async def test_events_by_machine_kind_and_time(store: TelemetryStore) -> None:
    events = [
        StateChanged(machine=MACHINE, epoch=1, seq=1, t=T0 + 1, state="producing", reason='order "7", line\n2\\'),
        PiecesCounted(machine=MACHINE, epoch=1, seq=2, t=T0 + 2, good=3, scrap=1),
        AlarmRaised(machine=OTHER, epoch=1, seq=1, t=T0 + 2, code="E7", severity="warning", active=True),
        Voided(machine=MACHINE, epoch=1, seq=3, t=T0 + 3, of_epoch=1, first=4, last=9, reason="Überlauf, voll = ja"),
    ]
    marks = {(MACHINE, 1): Mark(9, stored=3, voided=6), (OTHER, 1): Mark(1, stored=1)}
    await store.write(Batch(events=list(events), marks=marks))
    assert await store.events(EventQuery(T0, T0 + HOUR)) == events
    assert await store.events(EventQuery(T0, T0 + HOUR, machine=OTHER)) == [events[2]]
    assert await store.events(EventQuery(T0, T0 + HOUR, enterprise="polaris")) == events
    for enterprise in ("polari", "polaris/north/cab", "", ".*"):
        assert await store.events(EventQuery(T0, T0 + HOUR, enterprise=enterprise)) == []
    assert await store.events(EventQuery(T0, T0 + HOUR, kinds=("count", "void"))) == [events[1], events[3]]
    assert await store.events(EventQuery(T0 + 2, T0 + 3)) == [events[1], events[2]]
    assert await store.events(EventQuery(T0, T0 + HOUR, limit=2)) == events[:2]
    assert await store.events(EventQuery(T0, T0 + HOUR, limit=2, newest=True)) == events[2:]
    counts = (await store.health()).counts
    assert (counts["messages"], counts["voided"]) == (4, 6)


async def test_names_that_could_be_code_are_only_names(store: TelemetryStore) -> None:
    await store.write(batch_of(telemetry(1, (1, {"force": 1.0}))))
    for evil in ('force" or true //', "force') or ('1'='1", "force\\", "${1+1}", "for\nce"):
        assert points(await raw(store, evil)) == []
        assert points(await raw(store, "force", evil)) == []
        assert await store.latest(evil) == {}
        assert await store.events(EventQuery(T0, T0 + HOUR, machine=evil, kinds=(evil,))) == []
        assert await store.quarantine_get(evil) is None
        assert await store.quarantine(reason=evil) == []
    assert points(await raw(store)) == [(1, 1.0)]


async def test_pieces_are_summed_where_they_lie(store: TelemetryStore) -> None:
    def count(machine: str, epoch: int, seq: int, t: int, good: int, scrap: int = 0) -> PiecesCounted:
        return PiecesCounted(machine=machine, epoch=epoch, seq=seq, t=T0 + t, good=good, scrap=scrap)

    third = "polaris/north/cabinets/press-b/press-1"  # another line, whose name begins alike
    events = [
        count(MACHINE, 1, 1, 1, 5),
        count(MACHINE, 1, 2, 2, 3, 1),
        count(MACHINE, 2, 1, 3, 2, 2),  # a later epoch counts from one again
        count(OTHER, 1, 7, 2, 10),
        count(third, 1, 4, 2, 100, 1),
        StateChanged(machine=MACHINE, epoch=2, seq=9, t=T0 + 4, state="idle"),
    ]
    await store.write(Batch(events=list(events)))
    mine, other, away = Counts(MACHINE, 10, 3, 3, 2, 1), Counts(OTHER, 10, 0, 1, 1, 7), Counts(third, 100, 1, 1, 1, 4)
    assert await store.counts(CountQuery(T0, T0 + HOUR)) == [away, mine, other]
    assert await store.counts(CountQuery(T0, T0 + HOUR, ("polaris/north/cabinets/press",))) == [mine, other]
    assert await store.counts(CountQuery(T0, T0 + HOUR, (OTHER, third))) == [away, other]
    assert await store.counts(CountQuery(T0, T0 + HOUR, ("polaris",))) == [away, mine, other]
    assert await store.counts(CountQuery(T0 + 2, T0 + 3)) == [away, Counts(MACHINE, 3, 1, 1, 1, 2), other]
    assert await store.counts(CountQuery(T0 + 4, T0 + HOUR)) == []
    for evil in ("polaris/.*", '") or true', "polaris/north/cab", "", "POLARIS"):
        assert await store.counts(CountQuery(T0, T0 + HOUR, (evil,))) == []


async def test_sums_of_pieces_name_the_newest_one_while_more_are_stored(store: TelemetryStore) -> None:
    """Whoever goes on with what comes after the newest one of the answer has every piece once."""
    total = 300

    async def work() -> None:
        for n in range(1, total + 1):
            event = PiecesCounted(machine=MACHINE, epoch=1, seq=n, t=T0 + n, good=n)
            await store.write(Batch(events=[event], marks={(MACHINE, 1): Mark(n, stored=n)}))

    writing = asyncio.create_task(work())
    seen = set()
    while not writing.done():
        for found in await store.counts(CountQuery(T0, T0 + HOUR)):
            assert (found.good, found.events) == (found.seq * (found.seq + 1) // 2, found.seq)
            seen.add(found.seq)
        await asyncio.sleep(0)
    await writing
    found = await store.counts(CountQuery(T0, T0 + HOUR))
    assert (found[0].good, found[0].seq) == (total * (total + 1) // 2, total)


async def test_messages_come_back_by_their_numbers(store: TelemetryStore, clock: Clock) -> None:
    names = [f"signal_{n}" for n in range(11)]  # more than one row holds
    one = telemetry(1, (60, {"force": 1.0}), (61, dict.fromkeys(names, 2.0)))
    one.samples[1].q = {"signal_0": "bad"}
    state = StateChanged(machine=MACHINE, epoch=1, seq=2, t=T0 + 62 * SECOND, state="down", reason='a "reason"')
    three = telemetry(3, (63, {"force": 3.0, "speed": 4.0}))
    five = telemetry(5, (3 * 3600, {"force": 5.0}), (3 * 3600 + 1, {"force": 5.5}), (3 * 3600 + 2, {}))
    count = PiecesCounted(machine=MACHINE, epoch=1, seq=6, t=T0 + 4 * HOUR - 30 * SECOND, good=1)
    seven = telemetry(7, (4 * 3600 - 20, {"force": 7.0}))
    others = [telemetry(3, (5, {"force": 9.0}), machine=OTHER), telemetry(1, (4 * 3600 - 10, {"force": 8.0}), epoch=2)]
    await store.write(Batch(telemetry=[seven, five, one, three, *others], events=[count, state]))

    async def found(first: int, last: int, limit: int = 1_000, epoch: int = 1) -> list[object]:
        return list(await store.messages(MessageQuery(MACHINE, epoch, first, last, limit)))

    assert await found(1, 100) == [one, state, three, five, count, seven]
    assert await found(2, 5) == [state, three, five]
    assert await found(2, 100, limit=3) == [state, three, five]
    assert await found(6, 6) == [count] and await found(7, 9) == [seven] and await found(4, 4) == []
    assert await found(1, 9, epoch=2) == [others[1]] and await found(1, 9, epoch=3) == []
    for evil in ('x" or true //', "nobody"):
        assert await store.messages(MessageQuery(evil, 1, 1, 9)) == []
    clock.t += 8 * DAY
    late = telemetry(8, (10, {"force": 8.0}))  # raw of its time is gone, and what it says is still there
    await store.write(Batch(telemetry=[late], marks={(MACHINE, 1): Mark(8, stored=8)}))
    assert (await found(8, 9)) == [late]
