"""Grafana's dashboard against a real InfluxDB that the real writer filled: each query answers, with a token that reads
and may no more."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from andon_cli.main import _app
from andon_contracts.messages import PiecesCounted, StateChanged
from andon_platform.data.aggregate import HOUR, MINUTE
from andon_platform.ingest.upkeep import roll_up_once
from influxdb_client import InfluxDBClient
from support.grafana import dashboard, filled, queries
from support.influx import InfluxUnderTest, running_influx
from support.stores import MACHINE, SECOND, T0, Clock, batch_of, influxdb_store, telemetry
from typer.testing import CliRunner

pytestmark = pytest.mark.integration
OTHER = MACHINE.replace("press-1", "press-2")


@pytest.fixture(scope="module")
def influx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InfluxUnderTest]:
    with running_influx(tmp_path_factory.mktemp("influx")) as server:
        yield server


async def test_each_query_answers_what_was_written(influx: InfluxUnderTest, tmp_path: Path) -> None:
    clock = Clock(T0 + HOUR)
    async with influxdb_store(influx, clock) as store:
        messages = [telemetry(i + 1, (i, {"pressure": 100.0 + i, "heat": 40.0})) for i in range(180)]
        batch = batch_of(*messages)
        for machine in (MACHINE, OTHER):
            batch.events += [
                StateChanged(machine=machine, epoch=1, seq=200, t=T0 + SECOND, state="producing"),
                StateChanged(machine=machine, epoch=1, seq=201, t=T0 + 90 * SECOND, state="down"),
                PiecesCounted(machine=machine, epoch=1, seq=202, t=T0 + 60 * SECOND, good=5, scrap=1),
                PiecesCounted(machine=machine, epoch=1, seq=203, t=T0 + 61 * SECOND, good=4),
            ]
        await store.write(batch)
        await roll_up_once(store, clock())
        token = await asyncio.to_thread(_token, influx, tmp_path)
        answers = await asyncio.to_thread(_answers, influx, token)
    assert answers["machine"] == [MACHINE]
    assert answers["signal"] == ["heat", "pressure"]
    assert answers["${signal} of ${machine}"] == [129.5, 189.5, 249.5]
    assert answers["Smallest and largest of each minute"] == [100.0, 159.0, 160.0, 219.0, 220.0, 279.0]
    assert answers["States of the machines"] == ["down", "down", "producing", "producing"]
    assert answers["Values of each minute"] == [120, 120, 120]
    assert answers["Messages since the first start"] == [0, 0, 180]
    assert answers["Pieces"] == [(MACHINE, 9, 1), (OTHER, 9, 1)]
    assert len(answers) == len(dashboard()["panels"]) + 2


def _token(influx: InfluxUnderTest, folder: Path) -> str:
    """What `andon grafana` makes; a second start keeps it."""
    (folder / "own").write_text(influx.token)
    words = ["grafana", str(folder / "grafana"), "--influx-url", influx.url, "--influx-token", str(folder / "own")]
    first = CliRunner().invoke(_app, words)
    assert first.exit_code == 0 and "a token that reads InfluxDB" in first.output, first.output
    token = (folder / "grafana" / "influx-token").read_text()
    again = CliRunner().invoke(_app, words)
    assert "all secrets are there" in again.output
    assert (folder / "grafana" / "influx-token").read_text() == token != influx.token
    assert len((folder / "grafana" / "admin-password").read_text()) >= 20
    assert (folder / "grafana" / "influx-token").stat().st_mode & 0o077 == 0
    write = httpx.post(
        f"{influx.url}/api/v2/write", params={"org": "andon", "bucket": "raw"}, content="x v=1",
        headers={"Authorization": f"Token {token}"}, trust_env=False,
    )  # fmt: skip
    assert write.status_code in (401, 403, 404), write.text
    return token.strip()


def _answers(influx: InfluxUnderTest, token: str) -> dict[str, list[object]]:
    put_in = {
        "timeRangeStart": f"time(v: {T0 * 1000})", "timeRangeStop": f"time(v: {(T0 + 3 * MINUTE) * 1000})",
        "windowPeriod": "1m", "machine": MACHINE, "signal": "pressure",
    }  # fmt: skip
    found: dict[str, list[object]] = {}
    with InfluxDBClient(influx.url, token, org="andon") as client:
        for title, flux in queries():
            rows = [row.values for table in client.query_api().query(filled(flux, **put_in)) for row in table.records]
            if title == "Pieces":
                found[title] = [(r["machine"], r["good"], r["scrap"]) for r in rows]
            else:
                found[title] = sorted(r["_value"] for r in rows)
    return found
