"""The platform as one process, as the demo runs it: broker, ingest, DuckDB, API."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from andon_cli.processes.ports import free_port
from andon_platform.bootstrap import disk_bytes, serve_platform
from andon_platform.settings import PlatformSettings
from andon_security.tokens import issue
from support.api_stack import PRESS, machine_on_the_wire
from support.broker import BrokerUnderTest
from support.waiting import until


@asynccontextmanager
async def platform(broker: BrokerUnderTest, folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    root, port = broker.stock.root, free_port()
    settings = PlatformSettings(
        data_dir=folder / "data",
        secrets_dir=root,
        mqtt_host=broker.host,
        mqtt_port=broker.port,
        listen_port=port,
        machines_dir=folder / "machines",
        plants_dir=folder / "plants",
    )
    stop = asyncio.Event()
    serving = asyncio.create_task(serve_platform(settings, stop))
    key = (root / "api" / "signing-key").read_text().strip().encode()
    headers = {"Authorization": f"Bearer {issue(key, 'tester', 'admin')}"}
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{port}/api/v1", headers=headers, trust_env=False
    ) as client:

        async def ready() -> bool:
            if serving.done():
                serving.result()
            try:
                return (await client.get("/ready")).status_code == 200
            except httpx.TransportError:
                return False

        try:
            await until(ready, what="the platform to be ready")
            yield client
        finally:
            stop.set()
            await serving


async def test_from_a_machine_to_a_series_and_over_a_restart(broker: BrokerUnderTest, tmp_path: Path) -> None:
    async def stored(client: httpx.AsyncClient, count: int) -> bool:
        flow = (await client.get("/flow")).json()
        return bool(flow["stored"] >= count and flow["pending"] == 0)

    async with machine_on_the_wire(broker) as press:
        async with platform(broker, tmp_path) as client:
            await press.born()
            for i in range(50):
                await press.measures(hydraulic_pressure=float(i))
            await until(lambda: stored(client, 50), what="50 messages stored")
            flow = (await client.get("/flow")).json()
            assert (flow["sent"], flow["stored"], flow["quarantined"], flow["duplicated"]) == (50, 50, 0, 0)
            query = {"machine": PRESS, "signal": "hydraulic_pressure", "agg": "raw"}
            series = (await client.get("/series", params=query)).json()["series"][0]
            assert series["values"] == [float(i) for i in range(50)]
            await press.publish("telemetry", b"{nonsense")
            await until(lambda: _quarantined(client), what="the nonsense in quarantine")
        async with platform(broker, tmp_path) as client:
            assert (await client.get("/series", params=query)).json()["series"][0] == series
            # how timely the values were was written when the first one stopped
            until_soon = {"machine": PRESS, "start": "-5m", "stop": str(time.time_ns() // 1000 + 120_000_000)}
            timely = (await client.get("/quality", params=until_soon)).json()["timeliness"]
            assert (timely["timed"], timely["share"], timely["late"]) == (50, 1.0, [])
            latest = (await client.get("/latest")).json()["latest"]
            assert latest[PRESS]["hydraulic_pressure"]["value"] == 49.0
            assert (await client.get("/metrics")).text.count("\nandon_ingest_received_total ") == 1
        await press.publish("birth", b"", retain=True)


async def test_what_a_journal_held_back_is_untimely_and_nothing_is_missing(
    broker: BrokerUnderTest, tmp_path: Path
) -> None:
    """A link loss, seen from ingest: values of ten minutes ago come now, between those of now."""
    minute = 60_000_000
    lost = time.time_ns() // 1000 // minute * minute - 10 * minute
    async with machine_on_the_wire(broker) as press:
        press.epoch += 1  # a journal of its own
        async with platform(broker, tmp_path) as client:
            await press.born()
            for second in range(60):
                await press.measures(t=lost + second * 1_000_000, oil_temperature=float(second % 7))
            for _ in range(20):
                await press.measures(oil_temperature=40.0)

            async def all_stored() -> bool:
                return bool((await client.get("/flow")).json()["stored"] >= 80)

            await until(all_stored, what="80 messages stored")
        async with platform(broker, tmp_path) as client:
            asked = {"machine": PRESS, "start": str(lost), "stop": str(lost + 12 * minute)}
            found = (await client.get("/quality", params=asked)).json()
            held = (await client.get("/quality", params=asked | {"stop": str(lost + minute)})).json()
        await press.publish("birth", b"", retain=True)
    late = found["timeliness"]["late"]
    assert [(s["start"], s["stop"], s["values"], s["late"]) for s in late] == [(lost, lost + minute, 60, 60)]
    assert found["timeliness"]["share"] == 20 / 80 and 540 < found["timeliness"]["longest_s"] < 700
    oil = next(s for s in held["signals"] if s["signal"] == "oil_temperature")
    # they are from before the platform heard of the machine: none was due, and all are there
    assert (oil["earlier"], oil["completeness"], oil["timeliness"], oil["gaps"]) == (60, None, 0.0, [])


async def _quarantined(client: httpx.AsyncClient) -> bool:
    return bool((await client.get("/quarantine")).json()["messages"])


@pytest.mark.parametrize(("text", "size"), [("4GB", 4_000_000_000), ("500 MB", 500_000_000), ("17", 17)])
def test_sizes_are_read(text: str, size: int) -> None:
    assert disk_bytes(text) == size
    with pytest.raises(ValueError, match="ANDON_MAX_DISK"):
        disk_bytes("much")
