"""What the embedded store does with its files: one holder, survival of a crash, roll-over, space given back."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from andon_contracts.messages import StateChanged
from andon_platform.data.aggregate import DAY, HOUR, MINUTE
from andon_platform.data.duckdb import DuckDBStore
from andon_platform.data.errors import StoreLocked, StoreUnavailable
from andon_platform.data.port import Batch, EventQuery, Mark, Quarantined, SeriesQuery
from andon_platform.ingest.upkeep import roll_up_once
from support.stores import MACHINE, SECOND, T0, Clock, telemetry
from support.waiting import until

QUERY = SeriesQuery(MACHINE, "force", T0 - DAY, T0 + DAY, limit=1_000_000)


def store(folder: Path, clock: Clock | None = None, **options: object) -> DuckDBStore:
    return DuckDBStore(folder, now=clock or Clock(T0 + HOUR), threads=1, **options)  # type: ignore[arg-type]


async def fill(opened: DuckDBStore, start: int, count: int, at: float = 0.0, size: int = 500) -> None:
    """``count`` messages from seq ``start`` on, in batches, a second apart from ``at`` on."""
    for first in range(start, start + count, size):
        last = min(first + size, start + count)
        batch = Batch(
            telemetry=[telemetry(n, (at + n, {"force": n / 7, "speed": n * 1.1})) for n in range(first, last)]
        )
        batch.marks[MACHINE, 1] = Mark(last - 1, stored=last - 1)
        await opened.write(batch)


HOLDER = """
import asyncio, sys
from pathlib import Path
from andon_platform.data.duckdb import DuckDBStore
from andon_platform.ingest.upkeep import roll_up_once
from support.stores import batch_of, telemetry
async def main():
    store = DuckDBStore(Path(sys.argv[1]))
    await store.open()
    await store.write(batch_of(*(telemetry(n, (n, {"force": float(n)})) for n in range(1, 1001))))
    print("open", flush=True)
    await asyncio.to_thread(sys.stdin.read)  # until it is killed, or its parent is gone
asyncio.run(main())
"""


async def test_one_process_holds_the_files_and_a_killed_one_loses_nothing(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    holder = subprocess.Popen(  # noqa: ASYNC220
        [sys.executable, "-c", HOLDER, str(tmp_path / "s")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment,
    )  # fmt: skip
    assert holder.stdin is not None and holder.stdout is not None
    try:
        assert holder.stdout.readline() == b"open\n"
        second = store(tmp_path / "s")
        with pytest.raises(StoreLocked, match=f"held by process {holder.pid}") as error:
            await second.open()
        assert error.value.pid == holder.pid
    finally:
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        holder.stdin.close()
        holder.stdout.close()
    third = store(tmp_path / "s")
    await third.open()
    assert len((await third.series(QUERY)).times) == 1000
    assert (await third.marks())[MACHINE, 1] == Mark(1000, stored=1000)
    assert (await third.latest())[MACHINE]["force"] == (T0 + 1000 * SECOND, 1000.0)
    await third.close()


async def test_everything_is_there_after_closing_and_opening(tmp_path: Path) -> None:
    first = store(tmp_path / "s")
    await first.open()
    await fill(first, 1, 300)
    await first.roll_up(T0, T0 + 4 * MINUTE)
    await first.write(Batch(telemetry=[telemetry(301, (1.5, {"force": 9.0}))], marks={(MACHINE, 1): Mark(301)}))
    before = await first.stale(T0 + 4 * MINUTE), await first.health(exact=True)
    await first.close()
    with pytest.raises(StoreUnavailable):
        await first.write(Batch())
    second = store(tmp_path / "s")
    await second.open()
    again = await second.stale(T0 + 4 * MINUTE), await second.health(exact=True)
    assert again[0] == before[0] == [(T0, T0 + MINUTE)]
    assert again[1].counts == before[1].counts
    await second.close()


async def test_chunks_roll_over_are_put_in_order_and_read_as_one(tmp_path: Path) -> None:
    clock = Clock(T0 + HOUR)
    opened = store(tmp_path / "s", clock, chunk_hours=1)
    await opened.open()
    await fill(opened, 1, 5_000)
    clock.t += 2 * HOUR
    await fill(opened, 5_001, 5_000)
    folder = tmp_path / "s"
    await until(lambda: list(folder.glob("raw-000001.s.duckdb")) and not (folder / "raw-000001.duckdb").exists())
    assert (folder / "raw-000002.duckdb").exists()
    found = await opened.series(QUERY)
    assert list(found.times) == [T0 + n * SECOND for n in range(1, 10_001)]
    health = await opened.health(exact=True)
    assert (health.counts["values"], health.counts["duplicated"]) == (20_000, 0)
    assert health.counts["messages_on_disk"] == health.counts["messages"] == 10_000
    await opened.close()
    # a crash between the rewritten file's last name and the deletion of its source
    leftover = folder / "raw-000001.duckdb"
    leftover.write_bytes((folder / "raw-000001.s.duckdb").read_bytes())
    (folder / "raw-000002.s.duckdb.tmp").write_bytes(b"half")
    again = store(folder, clock)
    await again.open()
    assert len((await again.series(QUERY)).times) == 10_000
    assert not leftover.exists() and not list(folder.glob("*.tmp"))
    await again.close()


async def test_a_chunk_whose_first_transaction_never_ended_is_begun_anew(tmp_path: Path) -> None:
    opened = store(tmp_path / "s")
    await opened.open()
    await fill(opened, 1, 10)
    await opened.close()
    import duckdb

    duckdb.connect(str(tmp_path / "s" / "raw-000002.duckdb")).close()
    again = store(tmp_path / "s")
    await again.open()
    await fill(again, 11, 10)
    assert (await again.marks())[MACHINE, 1].settled == 20
    assert len((await again.series(QUERY)).times) == 20
    await again.close()


async def test_old_raw_goes_its_space_comes_back_and_minutes_answer_for_it(tmp_path: Path) -> None:
    clock = Clock(T0 + HOUR)
    opened = store(tmp_path / "s", clock, chunk_hours=1)
    await opened.open()
    await fill(opened, 1, 2_550)
    event = StateChanged(machine=MACHINE, epoch=1, seq=2551, t=T0 + SECOND, state="down", reason="jam")
    await opened.write(Batch(events=[event], marks={(MACHINE, 1): Mark(2551, stored=2551)}))
    await opened.roll_up(T0, T0 + HOUR)
    minutes = SeriesQuery(MACHINE, "force", T0, T0 + HOUR, every=MINUTE)
    before = await opened.series(minutes)
    clock.t += 8 * DAY
    await fill(opened, 2_552, 2_550, at=8 * 86_400)
    said = await opened.retain(clock())
    assert [c["file"][:10] for c in said["chunks"]] == ["raw-000001"] and said["bytes"] > 0
    assert "7 days" in said["chunks"][0]["why"]
    await until(lambda: not list((tmp_path / "s").glob("raw-000001*")))
    assert (await opened.series(QUERY)).times == []
    after = await opened.series(minutes)
    assert (list(after.times), list(after.values)) == (list(before.times), list(before.values))
    coarse = await opened.series(SeriesQuery(MACHINE, "force", T0, T0 + HOUR, every=10 * SECOND))
    assert (coarse.every, coarse.source) == (MINUTE, "minute")
    await opened.roll_up(T0, T0 + HOUR)  # there is no raw to compute them from: they stay
    assert list((await opened.series(minutes)).values) == list(before.values)
    assert await opened.events(EventQuery(T0, T0 + HOUR)) == [event]
    counts = (await opened.health(exact=True)).counts
    assert counts["messages"] == 5_101 == counts["messages_on_disk"] + counts["messages_dropped"]
    await opened.close()


async def test_the_disks_limit_drops_the_oldest_raw_and_says_so(tmp_path: Path) -> None:
    clock = Clock(T0 + HOUR)
    opened = store(tmp_path / "s", clock, chunk_hours=1, max_disk=4_000_000)
    await opened.open()
    for n in range(5):
        await fill(opened, 1 + n * 5_000, 5_000, size=1_000)
        clock.t += 2 * HOUR
    assert (await opened.health()).bytes_on_disk > 4_000_000
    said = await opened.retain(clock())
    assert "ANDON_MAX_DISK" in said["chunks"][0]["why"]
    await until(lambda: sum(f.stat().st_size for f in (tmp_path / "s").iterdir() if f.is_file()) <= 4_000_000)
    newest = await opened.series(QUERY)
    assert newest.times and newest.times[-1] == T0 + 25_000 * SECOND
    await opened.close()


async def test_quarantine_outlives_its_chunk_by_age_and_in_bounds(tmp_path: Path) -> None:
    def held(n: int, t: int) -> Quarantined:
        return Quarantined(
            f"id-{n:03}", t, f"andon/v1/{MACHINE}/event", b"{" * 1_000, "malformed-json", "", MACHINE, 1, n
        )

    clock = Clock(T0 + HOUR)
    opened = store(tmp_path / "s", clock, max_disk=4_000_000)
    await opened.open()
    await fill(opened, 1, 100)
    entries = [held(n, T0 + n) for n in range(400)]
    await opened.write(Batch(quarantined=entries))
    await opened.write(Batch(telemetry=[telemetry(500, (500, {"force": 1.0}))], replays="id-399"))
    clock.t += 8 * DAY
    await fill(opened, 501, 100, at=8 * 86_400)
    assert (await opened.retain(clock()))["chunks"]
    kept = await opened.quarantine(limit=500)
    assert [q.id for q in kept] == [q.id for q in entries[:-308:-1]]  # a tenth of the limit, 1,300 bytes each
    assert kept[0].replayed and not kept[1].replayed and kept[1] == entries[-2]
    assert (await opened.health()).counts["quarantined"] == 400
    await opened.write(Batch(quarantined=[entries[-1]]))  # redelivered
    await opened.close()
    again = store(tmp_path / "s", clock, max_disk=4_000_000)
    await again.open()
    await again.write(Batch(quarantined=[entries[-2]]))
    assert len(await again.quarantine(limit=500)) == 307
    clock.t += 90 * DAY
    await again.retain(clock())
    assert await again.quarantine() == [] and await again.quarantine_get("id-399") is None
    await again.close()


async def test_reads_roll_ups_and_roll_overs_run_beside_the_writer(tmp_path: Path) -> None:
    clock = Clock(T0 + HOUR)
    opened = store(tmp_path / "s", clock, chunk_hours=1)
    await opened.open()

    async def read() -> None:
        for _ in range(40):
            await asyncio.gather(opened.series(QUERY), opened.quarantine(), opened.events(EventQuery(T0, T0 + HOUR)))

    async def write() -> None:
        for n in range(12):
            await fill(opened, 1 + n * 200, 200)
            clock.t += HOUR + 1
            await opened.roll_up(T0, T0 + (n + 1) * 200 * SECOND)

    await asyncio.gather(read(), read(), write())
    assert len((await opened.series(QUERY)).times) == 2_400
    await opened.close()


async def counted(opened: DuckDBStore, every: int = HOUR) -> list[float]:
    query = SeriesQuery(MACHINE, "force", T0 - DAY, T0 + DAY, every=every, agg="count")
    return list((await opened.series(query)).values)


async def test_late_rows_survive_a_restart_and_count_once_when_their_file_goes(tmp_path: Path) -> None:
    """Before they are rolled up and after, and when the chunk that brought them is dropped."""
    clock = Clock(T0 + HOUR)
    opened = store(tmp_path, clock)
    await opened.open()
    await fill(opened, 1, 100)
    await roll_up_once(opened, clock())
    clock.t += 8 * DAY
    await opened.retain(clock())
    assert (await opened.health()).oldest_raw is None
    late = Batch(telemetry=[telemetry(n, (n - 100.5, {"force": 1.0})) for n in range(101, 111)])
    late.marks[MACHINE, 1] = Mark(110, stored=110)
    await opened.write(late)
    await opened.close()
    opened = store(tmp_path, clock)
    await opened.open()
    await opened.write(late)  # its marks came through the restart with it
    for _ in range(2):
        await roll_up_once(opened, clock())
        await opened.roll_up(T0, T0 + HOUR)
        assert await counted(opened) == [110.0]
    clock.t += 8 * DAY
    await opened.write(Batch())  # the chunk is old: another one begins
    await opened.retain(clock())
    assert (await opened.health(exact=True)).counts["messages_on_disk"] == 0
    await opened.roll_up(T0, T0 + HOUR)
    assert await counted(opened) == [110.0]
    await opened.close()


async def test_rows_come_late_while_the_oldest_file_is_dropped_for_space(tmp_path: Path) -> None:
    """What is not rolled up yet is, before its file goes; what comes for that time later joins it."""
    clock = Clock(T0 + HOUR)
    opened = store(tmp_path, clock, max_disk=2_000_000)
    await opened.open()
    total = 0
    while not (said := await opened.retain(clock()))["chunks"]:
        await fill(opened, total + 1, 5_000, size=5_000)
        total += 5_000
        clock.t = max(clock.t, T0 + (total + 60) * SECOND)
        assert total < 400_000
    assert "ANDON_MAX_DISK" in said["chunks"][0]["why"]
    assert "ANDON_MAX_DISK" in (await opened.health()).detail
    late = Batch(telemetry=[telemetry(total + 1, (0.5, {"force": -1.0}))])
    late.marks[MACHINE, 1] = Mark(total + 1, stored=total + 1)
    await opened.write(late)
    await roll_up_once(opened, clock())
    query = SeriesQuery(MACHINE, "force", T0, clock() + DAY, every=HOUR, agg="count")
    assert sum((await opened.series(query)).values) == total + 1
    lowest = SeriesQuery(MACHINE, "force", T0, T0 + HOUR, every=HOUR, agg="min")
    assert list((await opened.series(lowest)).values) == [-1.0]
    await opened.close()


async def test_files_of_an_earlier_version_are_opened_and_kept_up(tmp_path: Path) -> None:
    clock = Clock(T0 + HOUR)
    opened = store(tmp_path, clock)
    await opened.open()
    await fill(opened, 1, 120)
    await roll_up_once(opened, clock())
    await opened.close()
    with duckdb.connect(str(tmp_path / "raw-000001.duckdb")) as file:
        file.execute("DROP TABLE late")
    with duckdb.connect(str(tmp_path / "base.duckdb")) as file:
        for table in ("minute", "hour"):
            for column in ("first_d", "last_d", "chunk"):
                file.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    opened = store(tmp_path, clock)
    await opened.open()
    assert await counted(opened, MINUTE) == [59.0, 60.0, 1.0]
    for agg, expected in (("first", 1 / 7), ("last", 120 / 7)):
        query = SeriesQuery(MACHINE, "force", T0, T0 + HOUR, every=HOUR, agg=agg)  # type: ignore[arg-type]
        assert (await opened.series(query)).values[0] == pytest.approx(expected)
    clock.t += 8 * DAY
    await opened.retain(clock())
    late = Batch(telemetry=[telemetry(121, (119.5, {"force": 7.0}))], marks={(MACHINE, 1): Mark(121, stored=121)})
    await opened.write(late)
    await roll_up_once(opened, clock())
    assert await counted(opened) == [121.0]
    await opened.close()
