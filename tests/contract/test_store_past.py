"""What every store does with the past: raw data that goes, what comes after it has gone, history from elsewhere."""

from __future__ import annotations

import math

import pytest
from andon_contracts.messages import StateChanged
from andon_platform.data.aggregate import DAY, HOUR, MINUTE, floor
from andon_platform.data.errors import StoreRefused
from andon_platform.data.history import roll
from andon_platform.data.port import (
    Batch,
    EventQuery,
    Mark,
    SeriesQuery,
    TelemetryStore,
)
from support.stores import MACHINE, SECOND, T0, Clock, batch_of, points, raw, telemetry


async def test_retention_says_what_it_did_and_keeps_what_is_young(store: TelemetryStore, clock: Clock) -> None:
    await store.write(batch_of(telemetry(1, (1, {"force": 1.0}))))
    assert isinstance(await store.retain(clock()), dict)
    assert points(await raw(store)) == [(1, 1.0)]
    health = await store.health()
    assert health.ready and health.oldest_raw is not None and health.oldest_raw <= T0 + SECOND


async def roll_up_all(store: TelemetryStore, clock: Clock) -> None:
    for start, stop in await store.stale(clock()):
        await store.roll_up(start, stop)
    assert await store.stale(clock()) == []


AGO = {"raw is gone": 8, "minutes are gone": 100}
LATE = {
    "count": [5.0, 2.0],
    "sum": [53.0, 12.0],
    "min": [-9.0, 5.0],
    "max": [50.0, 7.0],
    "first": [50.0, 5.0],  # earlier than what stood there
    "last": [8.0, 7.0],  # later
    "mean": [10.6, 6.0],
    "stddev": [math.sqrt(sum((v - 10.6) ** 2 for v in (50, 1, 3, -9, 8)) / 5), 1.0],
}


@pytest.mark.parametrize("days", AGO.values(), ids=AGO)
async def test_what_is_older_than_raw_joins_the_roll_ups(store: TelemetryStore, clock: Clock, days: int) -> None:
    """A journal was away for longer than raw is kept: its minutes and hours are right, and stay so."""
    await store.write(batch_of(telemetry(1, (10, {"force": 1.0})), telemetry(2, (20, {"force": 3.0}))))
    await roll_up_all(store, clock)
    clock.t += days * DAY
    now = clock.t - T0 - 60 * SECOND
    fresh = telemetry(3, (now / SECOND, {"force": 100.0}))
    await store.write(Batch(telemetry=[fresh], marks={(MACHINE, 1): Mark(3, stored=3)}))
    await store.retain(clock())
    await roll_up_all(store, clock)

    def late() -> Batch:
        batch = Batch(
            telemetry=[
                telemetry(4, (5, {"force": 50.0})),
                telemetry(5, (15, {"force": -9.0}), (50, {"force": 8.0}), (3700, {"force": 5.0})),
                telemetry(6, (3800, {"force": 7.0}), (now / SECOND + 1, {"force": 200.0})),  # reaches into raw
            ],
            events=[StateChanged(machine=MACHINE, epoch=1, seq=7, t=T0 + 15, state="down", reason="away")],
        )
        batch.marks[MACHINE, 1] = Mark(7, stored=7)
        return batch

    async def seen() -> None:
        for agg, expected in LATE.items():
            for every in (HOUR, MINUTE):
                asked = SeriesQuery(MACHINE, "force", T0, T0 + 2 * HOUR, every=every, agg=agg)  # type: ignore[arg-type]
                found = await store.series(asked)
                if every == HOUR or days > 90:
                    assert list(found.values) == pytest.approx(expected), (agg, every)
                    assert list(found.times) == [T0, T0 + HOUR]
                else:
                    assert found.values[0] == pytest.approx(expected[0]), (agg, every)
                    assert [(t - T0) // MINUTE for t in found.times] == [0, 61, 63]
        recent = SeriesQuery(MACHINE, "force", clock() - 2 * MINUTE, clock() + HOUR)
        assert list((await store.series(recent)).values) == [100.0, 200.0]
        events = await store.events(EventQuery(T0, T0 + HOUR))
        assert [(e.seq, e.t) for e in events] == [(7, T0 + 15)]

    await store.write(late())
    await roll_up_all(store, clock)
    await seen()
    await store.write(late())  # the same messages again
    await roll_up_all(store, clock)
    await store.roll_up(T0, T0 + 2 * HOUR)  # the same range again
    await seen()
    more = Batch(telemetry=[telemetry(8, (12, {"force": 1000.0}))], marks={(MACHINE, 1): Mark(8, stored=8)})
    await store.write(more)
    await roll_up_all(store, clock)
    counted = await store.series(SeriesQuery(MACHINE, "force", T0, T0 + HOUR, every=HOUR, agg="count"))
    assert list(counted.values) == [6.0]
    summed = await store.series(SeriesQuery(MACHINE, "force", T0, T0 + HOUR, every=HOUR, agg="sum"))
    assert list(summed.values) == pytest.approx([1053.0])
    clock.t += 8 * DAY  # raw, and late rows with it, may go; what they gave stays
    fresh = telemetry(9, ((clock.t - T0) / SECOND - 60, {"force": 100.0}))
    await store.write(Batch(telemetry=[fresh], marks={(MACHINE, 1): Mark(9, stored=9)}))
    for _ in range(3):
        await store.retain(clock())
        await roll_up_all(store, clock)
    await store.roll_up(T0, T0 + 2 * HOUR)
    for asked, expected in (("count", [6.0, 2.0]), ("last", [8.0, 7.0]), ("max", [1000.0, 7.0])):
        found = await store.series(SeriesQuery(MACHINE, "force", T0, T0 + 2 * HOUR, every=HOUR, agg=asked))  # type: ignore[arg-type]
        assert list(found.values) == expected, asked
    assert (await store.health(exact=True)).counts["duplicated"] == 0


# --- history that comes from elsewhere ----------------------------------------------------------------------


async def test_history_answers_before_raw_begins(store: TelemetryStore, clock: Clock) -> None:
    until = floor(T0, HOUR)
    start = until - 2 * DAY
    times = list(range(start, until, 30 * SECOND))
    values = [float(i % 7) for i in range(len(times))]
    blocks = [roll(MACHINE, 1, "force", every, times, values) for every in (MINUTE, HOUR)]
    await store.write_history(blocks, until)
    await store.write_history(blocks, until)
    await store.write(batch_of(telemetry(1, (1, {"force": 100.0}), epoch=2)))
    for stale in await store.stale(clock()):
        await store.roll_up(*stale)
    for every in (MINUTE, 5 * MINUTE, HOUR):
        found = await store.series(SeriesQuery(MACHINE, "force", start, T0 + MINUTE, every=every))
        wanted = {}
        for t, v in zip(times, values, strict=True):
            wanted.setdefault(floor(t, every), []).append(v)
        wanted.setdefault(floor(T0 + SECOND, every), []).append(100.0)
        assert found.times == sorted(wanted)
        means = [sum(v) / len(v) for _, v in sorted(wanted.items())]
        assert found.values == pytest.approx(means)
    # finer than a minute nothing is known of that time: the answer says what it is made of
    fine = await store.series(SeriesQuery(MACHINE, "force", start, start + HOUR, every=10 * SECOND))
    assert (fine.every, fine.source, len(fine.times)) == (MINUTE, "minute", 60)
    spread = await store.series(SeriesQuery(MACHINE, "force", start, start + HOUR, every=HOUR, agg="stddev"))
    first = values[:120]
    mean = sum(first) / 120
    assert spread.values == pytest.approx([math.sqrt(sum((v - mean) ** 2 for v in first) / 120)])
    most = await store.series(SeriesQuery(MACHINE, "force", start, until, every=HOUR, agg="max"))
    assert set(most.values) == {6.0}


async def test_history_does_not_lie_over_raw_data(store: TelemetryStore) -> None:
    await store.write(batch_of(telemetry(1, (1, {"force": 100.0}))))
    block = roll(MACHINE, 1, "force", MINUTE, [T0 - HOUR], [1.0])
    with pytest.raises(StoreRefused, match="there is raw data"):
        await store.write_history([block], floor(T0, HOUR) + 2 * HOUR)
    with pytest.raises(StoreRefused, match="goes on after it"):
        await store.write_history([block], floor(T0, HOUR) - 2 * HOUR)
    with pytest.raises(StoreRefused, match="full hour"):
        await store.write_history([block], T0 + 1)
