"""`andon product` and the client's calls, against a running API: a list, a table, files, and a partner's own way in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import pytest_asyncio
from andon_cli import access
from andon_cli.main import _app
from andon_cli.processes.brokers import NoBroker, find_mosquitto
from andon_client import Andon
from andon_contracts.messages import Sample, Telemetry
from andon_platform.data.port import Batch
from support.api_stack import EPOCH, PRESS, Api, birth_of, identities, now_us, running_api
from support.broker import running_broker
from typer.testing import CliRunner

MINUTE = 60_000_000


@pytest_asyncio.fixture
async def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Api]:
    """An API with a product of one machine, that the command finds as it finds a demo."""
    try:
        find_mosquitto()
    except NoBroker as error:
        pytest.skip(str(error))
    with running_broker("mosquitto", tmp_path, identities()) as broker:
        async with running_api(broker, tmp_path) as api:
            api.services.registry.birth(birth_of(PRESS))
            batch, first = Batch(), now_us() // MINUTE * MINUTE - 5 * MINUTE
            for i in range(3):
                sample = Sample(t=first + i * MINUTE, values={"oil_temperature": 40.0 + i})
                batch.telemetry.append(Telemetry(machine=PRESS, epoch=EPOCH, seq=i + 1, samples=[sample]))
            await api.store.write(batch)
            monkeypatch.setattr(access, "find_access", lambda _: access.Access(api.url, api.token()))
            asked = {"machines": [PRESS], "signals": ["oil_temperature"], "every": "1m"}
            body = {"name": "oil", "title": "Oil", "licence": {"id": "CC0-1.0"}, "question": asked}
            async with api.client() as client:
                assert (await client.post("/api/v1/products", json=body)).status_code == 201
            yield api


async def run(*words: str) -> tuple[int, str]:
    """In a thread: the API answers in this one."""
    done = await asyncio.to_thread(CliRunner().invoke, _app, ["product", *words])
    return done.exit_code, done.output


async def test_a_list_a_table_and_files(api: Api, tmp_path: Path) -> None:
    code, out = await run("list")
    assert code == 0 and "polaris/oil" in out and "CC0-1.0" in out
    code, out = await run("read", "polaris/oil", "--last", "1h")
    assert code == 0, out
    assert "oil_temperature [Cel]" in out and "42" in out and "licence CC0-1.0: 3 newest rows" in out
    code, out = await run("read", "polaris/oil", "--csv")
    assert code == 0 and out.splitlines()[0] == "machine,t,time,oil_temperature [Cel]" and len(out.splitlines()) == 4
    file = tmp_path / "oil.parquet"
    code, out = await run("read", "polaris/oil", "--out", str(file))
    assert code == 0 and "spdx.org/licenses/CC0-1.0" in out
    assert duckdb.sql(f"SELECT list(oil_temperature ORDER BY t) FROM '{file}'").fetchall() == [([40, 41, 42],)]


async def test_a_partner_reads_from_afar_until_it_is_revoked(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    async with api.client() as client:
        made = (await client.post("/api/v1/products/polaris/oil/grants", json={"partner": "Lab"})).json()
    monkeypatch.setenv("ANDON_TOKEN", made["token"])
    assert (await run("read", "polaris/oil", "--url", api.url, "--csv"))[0] == 0

    def as_client() -> tuple[Any, Any]:
        with Andon(api.url, made["token"]) as andon:
            return andon.products(), andon.product_data("polaris/oil", rows=1)

    products, table = await asyncio.to_thread(as_client)
    assert [(p.id, p.granted is None, p.licence.id) for p in products] == [("polaris/oil", False, "CC0-1.0")]
    assert [c.unit for c in table.columns][3] == "Cel" and table.rows[0][3] == 42.0
    async with api.client() as client:
        await client.delete(f"/api/v1/products/polaris/oil/grants/{made['id']}")
    code, out = await run("read", "polaris/oil", "--url", api.url, "--csv")
    assert code == 2 and "no product polaris/oil" in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["read", "oil"], "write OWNER/NAME"),
        (["read", "polaris/nix"], "andon product list` lists them"),
        (["read", "polaris/oil", "--last", "5x"], "for example 30s"),
        (["read", "polaris/oil", "--parquet"], "name it with --out"),
        (["read", "polaris/oil", "--csv", "--json"], "choose one"),
        (["read", "polaris/oil", "--out", "x.xls"], "end it with .csv"),
        (["list", "--url", "http://127.0.0.1:1"], "in the variable ANDON_TOKEN"),
    ],
)
async def test_what_cannot_be_read_is_said(
    api: Api, monkeypatch: pytest.MonkeyPatch, words: list[str], said: str
) -> None:
    monkeypatch.delenv("ANDON_TOKEN", raising=False)
    monkeypatch.setenv("COLUMNS", "200")  # a sentence is not broken where somebody's terminal ends
    code, out = await run(*words)
    assert code == 2
    assert said in out
