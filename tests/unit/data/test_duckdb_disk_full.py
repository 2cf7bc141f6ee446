"""DuckDB on a disk that is full: what is not durable is not said to be, and it goes on when there is room."""

from __future__ import annotations

from pathlib import Path

import pytest
from andon_contracts.messages import Sample, Telemetry
from andon_platform.data.duckdb import DuckDBStore
from andon_platform.data.errors import StoreUnavailable
from andon_platform.data.port import Batch, Mark, SeriesQuery
from support.small_disk import fill, mounted
from support.stores import MACHINE, T0, Clock

COUNT = 500


def batch(first: int) -> Batch:
    found = Batch(marks={(MACHINE, 1): Mark(first + COUNT - 1, stored=first + COUNT - 1)})
    for n in range(first, first + COUNT):
        sample = Sample(t=T0 + n, values={f"s{k}": n * 1.37 + k for k in range(20)})
        found.telemetry.append(Telemetry(machine=MACHINE, epoch=1, seq=n, samples=[sample]))
    return found


async def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    with mounted(tmp_path / "disk", "48m") as disk:
        store = DuckDBStore(disk / "store", now=Clock(T0 + 60_000_000))
        await store.open()
        await store.write(batch(1))
        fill(disk / "ballast", but=200_000)
        first = 1 + COUNT
        with pytest.raises(StoreUnavailable, match=r"(?i)no space|disk"):
            for _ in range(200):
                await store.write(batch(first))
                first += COUNT
        with pytest.raises(StoreUnavailable):  # and again, as ingest does
            await store.write(batch(first))
        (disk / "ballast").unlink()
        for _ in range(3):
            await store.write(batch(first))
            first += COUNT
        await store.close()

        again = DuckDBStore(disk / "store", now=Clock(T0 + 60_000_000))
        await again.open()
        last = first - 1
        assert (await again.marks())[MACHINE, 1] == Mark(last, stored=last)
        found = await again.series(SeriesQuery(MACHINE, "s0", T0, T0 + 60_000_000, limit=1_000_000))
        assert len(found.times) == last == found.times[-1] - T0
        counts = (await again.health(exact=True)).counts
        assert (counts["messages_on_disk"], counts["values"], counts["duplicated"]) == (last, last * 20, 0)
        await again.close()
