"""How timely values are, as ingest counts it: in the store's minutes, over stops, and while the store is away."""

from __future__ import annotations

from pathlib import Path

import pytest
from andon_contracts.messages import Sample, StateChanged, Telemetry
from andon_platform.analytics.timeliness import timeliness
from andon_platform.data.aggregate import MINUTE
from andon_platform.data.delays import EDGES
from andon_platform.data.duckdb import DuckDBStore
from andon_platform.data.memory import MemoryStore
from andon_platform.data.port import Batch
from andon_platform.ingest import delays as module
from andon_platform.ingest.delays import KEEP, DelayCounter
from andon_platform.ingest.judge import Sound

M, OTHER = "e/s/a/l/m", "e/s/a/l/n"
S = 1_000_000
T0 = 1_795_000_020_000_000 // MINUTE * MINUTE


def message(seq: int, *stamps: int, machine: str = M, values: int = 2) -> Sound:
    samples = [Sample(t=t, values={f"s{i}": 1.0 for i in range(values)}) for t in stamps]
    sent = Telemetry(machine=machine, epoch=1, seq=seq, samples=samples)
    return Sound(sent, (machine, 1), seq, stamps[0], stamps[-1], values * len(stamps))


def event(seq: int, t: int) -> Sound:
    return Sound(StateChanged(machine=M, epoch=1, seq=seq, t=t, state="down"), (M, 1), seq, t, t, 0)


async def counts(store: MemoryStore | DuckDBStore, machine: str = M) -> dict[int, dict[float, int]]:
    """Minute after ``T0`` to seconds (the bin's edge) to values."""
    found = await store.delays(machine, T0 - 60 * MINUTE, T0 + 60 * MINUTE)
    return {(d.t - T0) // MINUTE: {([*EDGES, 10**15][i]) / S: n for i, n in enumerate(d.counts) if n} for d in found}


@pytest.mark.parametrize("table", [module.TABLE, 0])  # counted in a table, and by sorting
async def test_each_value_counts_once_in_its_own_minute(monkeypatch: pytest.MonkeyPatch, table: int) -> None:
    monkeypatch.setattr(module, "TABLE", table)
    store, counter = MemoryStore(), DelayCounter(lambda: T0 + 2 * MINUTE)
    counter.stored([message(1, T0, T0 + 59 * S), message(2, T0 + 60 * S, values=5)], T0 + 61 * S)
    counter.stored([message(1, T0 + 61 * S, machine=OTHER)], T0 + 61 * S + 90_000)
    counter.stored([message(2, T0 + 70 * S, machine=OTHER)], T0 + 62 * S)  # its clock is ahead
    counter.stored([event(3, T0 + 30 * S), event(4, T0 + 90 * S)], T0 + 100 * S)  # no values, no delays
    counter.stored([], T0 + 100 * S)
    await counter.write(store)
    assert await counts(store) == {0: {120.0: 2, 2.0: 2}, 1: {1.0: 5}}
    assert await counts(store, OTHER) == {1: {0.1: 4}}
    assert [d.longest for d in await store.delays(M, T0, T0 + MINUTE)] == [61 * S]


async def test_a_minute_that_goes_on_is_written_again_and_late_values_join_it() -> None:
    now = [T0 + 10 * S]
    store, counter = MemoryStore(), DelayCounter(lambda: now[0])
    counter.stored([message(1, T0)], now[0])
    await counter.write(store)
    counter.stored([message(2, T0 + 9 * S)], now[0])
    await counter.write(store)
    assert await counts(store) == {0: {10.0: 2, 1.0: 2}}
    now[0] += 2 * KEEP
    await counter.write(store)
    assert not counter._open  # nothing grows with time
    counter.stored([message(3, T0 + 30 * S)], now[0])
    await counter.write(store)
    assert sum((await counts(store))[0].values()) == 6


async def test_while_the_store_is_away_counts_wait() -> None:
    now = [T0 + 10 * S]
    store, counter = MemoryStore(), DelayCounter(lambda: now[0])
    counter.stored([message(1, T0)], now[0])
    store.down = True
    await counter.write(store)
    now[0] += 2 * KEEP
    await counter.write(store)
    store.down = False
    counter.stored([message(2, T0 + 5 * S)], now[0])
    await counter.write(store)
    assert sum((await counts(store))[0].values()) == 4


async def test_counts_outlive_the_process_and_another_one_adds_to_them(tmp_path: Path) -> None:
    for round in (1, 2):
        now = T0 + round * 10 * S
        store = DuckDBStore(tmp_path / "store", now=lambda: T0 + 60 * MINUTE, threads=1)
        await store.open()
        sent = message(round, T0 + round * S)
        await store.write(Batch(telemetry=[sent.message]))  # type: ignore[list-item]
        counter = DelayCounter(lambda: T0 + 60 * MINUTE)
        counter.stored([sent], now)
        await counter.write(store)
        assert sum((await counts(store))[0].values()) == 2 * round
        await store.close()


async def test_a_link_loss_makes_its_minutes_untimely_and_no_others() -> None:
    store, counter = MemoryStore(), DelayCounter(lambda: T0 + 20 * MINUTE)
    back = T0 + 15 * MINUTE
    for second in range(20 * 60):
        t = T0 + second * S
        lost = T0 + 5 * MINUTE <= t < back
        counter.stored([message(second + 1, t)], back + S if lost else t + S // 2)
    await counter.write(store)
    found = timeliness(await store.delays(M, T0, T0 + 20 * MINUTE), 3 * S)
    assert found.share == pytest.approx(0.5, abs=0.01)
    assert [(s.start, s.stop, s.values) for s in found.late] == [(T0 + 5 * MINUTE, back, 1200)]
    assert found.longest_s == 601.0 and found.timed == 2400


async def test_many_are_counted_without_being_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FOLD", 10)
    counter = DelayCounter(lambda: T0 + MINUTE)
    for n in range(25):
        counter.stored([message(n + 1, T0 + n)], T0 + S)
    assert len(counter._times) == 5 and sum(map(sum, (one.counts for one in counter._open.values()))) == 40
