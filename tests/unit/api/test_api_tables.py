"""Series as files for programs: Parquet read by DuckDB, Arrow read by nanoarrow, chosen by ``Accept``."""

from __future__ import annotations

import io
from pathlib import Path

import duckdb
import nanoarrow
import pytest
from andon_contracts.messages import Sample, Telemetry
from andon_platform.data.port import Batch
from nanoarrow.ipc import InputStream
from support.api_stack import BEND, EPOCH, PRESS, Api, birth_of, now_us

PARQUET, ARROW = "application/vnd.apache.parquet", "application/vnd.apache.arrow.stream"


async def filled(api: Api) -> int:
    start = now_us() // 60_000_000 * 60_000_000 - 600_000_000
    batch = Batch()
    for path in (PRESS, BEND):
        api.services.registry.birth(birth_of(path))
        for i in range(30):
            sample = Sample(t=start + i * 1_000_000 + 7, values={"oil_temperature": 40.0 + i / 4})
            batch.telemetry.append(Telemetry(machine=path, epoch=EPOCH, seq=i + 1, samples=[sample]))
    await api.store.write(batch)
    return start


def asked(start: int) -> dict[str, object]:
    return {
        "machine": [PRESS, BEND], "signal": "oil_temperature", "start": start, "stop": start + 60_000_000, "agg": "raw",
    }  # fmt: skip


async def test_parquet(api: Api, tmp_path: Path) -> None:
    start = await filled(api)
    async with api.client("viewer") as client:
        answer = await client.get("/api/v1/series", params=asked(start), headers={"Accept": PARQUET})
    assert (answer.status_code, answer.headers["content-type"]) == (200, PARQUET)
    file = tmp_path / "series.parquet"
    file.write_bytes(answer.content)
    found = duckdb.sql(f"SELECT machine, unit, count(*), min(t), max(value) FROM '{file}' GROUP BY ALL ORDER BY 1")
    assert found.fetchall() == [(BEND, "Cel", 30, start + 7, 47.25), (PRESS, "Cel", 30, start + 7, 47.25)]
    kinds = dict(duckdb.sql(f"SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM '{file}')").fetchall())
    assert kinds["time"] == "TIMESTAMP"
    assert kinds["machine"] == "VARCHAR"


async def test_arrow(api: Api) -> None:
    start = await filled(api)
    async with api.client("viewer") as client:
        answer = await client.get("/api/v1/series", params=asked(start), headers={"Accept": ARROW})
    assert answer.headers["content-type"] == ARROW
    with InputStream.from_readable(io.BytesIO(answer.content)) as stream:
        rows = nanoarrow.ArrayStream(stream).read_all().to_pysequence()
    assert len(rows) == 60
    first = {name: rows[0][name] for name in ("machine", "signal", "unit", "t", "value")}
    assert first == {"machine": PRESS, "signal": "oil_temperature", "unit": "Cel", "t": start + 7, "value": 40.0}
    assert rows[0]["time"].timestamp() == pytest.approx((start + 7) / 1e6, abs=1e-6)


@pytest.mark.parametrize("kind", [PARQUET, ARROW])
async def test_no_values_are_a_table_without_rows(api: Api, kind: str) -> None:
    api.services.registry.birth(birth_of(PRESS))
    params = {"machine": PRESS, "signal": "oil_temperature", "start": 1, "stop": 2, "agg": "raw"}
    async with api.client("viewer") as client:
        answer = await client.get("/api/v1/series", params=params, headers={"Accept": kind})
    assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
    assert answer.content


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("*/*", "application/json"),
        ("application/json, text/csv;q=0.5", "application/json"),
        (f"{PARQUET};q=0.2, text/csv;q=0.9", "text/csv; charset=utf-8"),
        ("application/*", "application/json"),
        ("text/*", "text/csv; charset=utf-8"),
    ],
)
async def test_the_best_liked_kind_is_given(api: Api, accept: str, kind: str) -> None:
    start = await filled(api)
    async with api.client("viewer") as client:
        answer = await client.get("/api/v1/series", params=asked(start), headers={"Accept": accept})
    assert answer.headers["content-type"] == kind
