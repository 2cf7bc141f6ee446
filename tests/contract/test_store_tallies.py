"""What every store counts: how many values there are of each signal, and how timely they were."""

from __future__ import annotations

import pytest
from andon_platform.data.aggregate import HOUR, MINUTE
from andon_platform.data.delays import BINS, Delays
from andon_platform.data.port import TelemetryStore, ValueQuery
from support.stores import MACHINE, OTHER, T0, Clock, batch_of, telemetry

ALL = ValueQuery(T0, T0 + 4 * HOUR)


def counted(machine: str, minute: int, part: int, longest: int = 5, **bins: int) -> Delays:
    counts = [0] * BINS
    for name, n in bins.items():
        counts[int(name[1:])] = n
    return Delays(machine, T0 + minute * MINUTE, part, tuple(counts), longest)


async def filled(store: TelemetryStore) -> None:
    """A value a minute for two hours and five minutes, and a second signal every other minute; another machine once."""
    messages = [
        telemetry(n + 1, (60 * n + 1, {"force": float(n)} | ({"oil": 1.0} if n % 2 == 0 else {}))) for n in range(125)
    ]
    await store.write(batch_of(*messages))
    await store.write(batch_of(telemetry(1, (30, {"speed": 1.0}), (31, {"speed": 2.0}), machine=OTHER)))


async def test_values_are_counted_from_raw_minutes_and_hours_alike(store: TelemetryStore, clock: Clock) -> None:
    await filled(store)
    whole = {(MACHINE, "force"): 125, (MACHINE, "oil"): 63, (OTHER, "speed"): 2}
    part = {(MACHINE, "force"): 90, (MACHINE, "oil"): 45}
    some = ValueQuery(T0 + 10 * MINUTE, T0 + 100 * MINUTE)
    for rolled in (0, 45, 125):  # nothing rolled up, an hour's part, two hours and a part
        if rolled:
            await store.roll_up(T0, T0 + rolled * MINUTE)
        assert await store.value_counts(ALL) == whole
        assert await store.value_counts(some) == part
    assert await store.value_counts(ValueQuery(T0, T0 + 4 * HOUR, (OTHER,))) == {(OTHER, "speed"): 2}
    assert await store.value_counts(ValueQuery(T0, T0 + 4 * HOUR, (MACHINE.rpartition("/")[0],))) == whole
    assert await store.value_counts(ValueQuery(T0, T0 + 4 * HOUR, (MACHINE[:-1],))) == {}
    assert await store.value_counts(ValueQuery(T0 + 3 * HOUR, T0 + 4 * HOUR)) == {}


async def test_late_values_are_counted_before_and_after_their_roll_up(store: TelemetryStore) -> None:
    await filled(store)
    await store.roll_up(T0, T0 + 125 * MINUTE)
    batch = batch_of(telemetry(126, (90, {"force": 7.0})))
    await store.write(batch)
    assert (await store.value_counts(ALL))[MACHINE, "force"] == 126
    for start, stop in await store.stale(T0 + 2 * HOUR):
        await store.roll_up(start, stop)
    assert (await store.value_counts(ALL))[MACHINE, "force"] == 126


async def test_delays_of_a_minute_add_up_and_a_part_replaces_itself(store: TelemetryStore) -> None:
    await filled(store)
    await store.write_delays([counted(MACHINE, 3, 100, 40, c1=4, c2=1), counted(OTHER, 3, 100, c0=9)])
    await store.write_delays([counted(MACHINE, 3, 100, 50, c1=6, c2=1)])  # the same minute goes on
    await store.write_delays([counted(MACHINE, 3, 70_000_007, 900, c12=2), counted(MACHINE, 5, 100, c18=1)])
    found = await store.delays(MACHINE, T0, T0 + HOUR)
    assert found == [counted(MACHINE, 3, 0, 900, c1=6, c2=1, c12=2), counted(MACHINE, 5, 0, c18=1)]
    assert await store.delays(MACHINE, T0 + 4 * MINUTE, T0 + 5 * MINUTE) == []
    assert await store.delays(MACHINE, T0 + 5 * MINUTE, T0 + 6 * MINUTE) == [counted(MACHINE, 5, 0, c18=1)]
    assert [d.values for d in await store.delays(OTHER, T0, T0 + HOUR)] == [9]
    assert await store.delays("polaris/north/cabinets/press/none", T0, T0 + HOUR) == []
    # counts of delays are no signals
    assert (await store.value_counts(ALL))[MACHINE, "force"] == 125


@pytest.mark.parametrize("n", [1])
async def test_delays_go_with_their_minutes(store: TelemetryStore, clock: Clock, n: int) -> None:
    await filled(store)
    await store.write_delays([counted(MACHINE, 3, 1, c0=n)])
    await store.retain(clock.t)
    assert len(await store.delays(MACHINE, T0, T0 + HOUR)) == 1
