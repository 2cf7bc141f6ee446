"""The live stream over real connections: what is sent, to whom, and at whose cost."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import websockets
from andon_client import AndonError, AsyncAndon
from andon_contracts.messages import Sample, StateChanged, Telemetry
from andon_platform.api.live.channels import Channel, Reader, Wanted
from andon_platform.api.live.frames import Frame, TelemetryFrame
from andon_platform.api.live.recent import Point, Recent
from andon_platform.data.port import Batch, Mark
from support.api_stack import BEND, PRESS, Api, MachineOnTheWire, now_us
from support.waiting import until
from websockets.asyncio.client import ClientConnection, connect


@asynccontextmanager
async def following(api: Api, query: str = "", **token: Any) -> AsyncIterator[ClientConnection]:
    headers = {"Authorization": f"Bearer {api.token(**token)}"}
    async with connect(f"{api.ws}/api/v1/live?{query}", additional_headers=headers, proxy=None) as socket:
        yield socket


async def next_of(socket: ClientConnection, kind: str) -> dict[str, Any]:
    async with asyncio.timeout(10):
        async for text in socket:
            frame: dict[str, Any] = json.loads(text)
            if frame["type"] == kind:
                return frame
    raise AssertionError(f"no {kind} came")


async def test_a_quiet_stream_says_that_it_is_there(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("andon_platform.api.routes.live._STILL_HERE_S", 0.05)
    async with following(api, "batch=1&kinds=layout") as socket, asyncio.timeout(10):
        batches = [json.loads(await socket.recv()) for _ in range(3)]
    assert [[f["type"] for f in batch] for batch in batches] == [["hello"], [], []]
    # who asked for one frame a message is told nothing but frames
    async with following(api, "kinds=layout") as socket, following(api, "batch=1&kinds=layout") as beside:
        assert json.loads(await socket.recv())["type"] == "hello"
        async with asyncio.timeout(10):
            while json.loads(await beside.recv()):
                pass
        api.services.hub.publish(Frame("layout", "polaris", "", {"enterprise": "polaris"}))
        assert json.loads(await socket.recv())["type"] == "layout"


async def test_hello_machines_then_what_comes(api: Api, press: MachineOnTheWire) -> None:
    async with following(api, role="viewer") as socket:
        hello = json.loads(await socket.recv())
        assert hello["type"] == "hello" and hello["pace"] == 1.0
        machine = await next_of(socket, "machine")
        assert machine["machine"] == PRESS and machine["view"]["type"] == "sheet-metal-press"
        await press.measures(hydraulic_pressure=180.0, oil_temperature=44.0)
        frame = await next_of(socket, "telemetry")
        assert frame["machine"] == PRESS and frame["seq"] == 1
        assert frame["values"] == {"hydraulic_pressure": 180.0, "oil_temperature": 44.0}
        await press.happens(StateChanged, state="down", reason="no-pressure")
        assert (await next_of(socket, "machine"))["view"]["state"] == "down"
        assert (await next_of(socket, "event"))["kind"] == "state"


async def test_machine_and_signal_and_kind_are_filtered(api: Api, press: MachineOnTheWire) -> None:
    queries = (f"machine={BEND}", "signal=oil_temperature&kinds=telemetry", "kinds=event")
    async with following(api, queries[0]) as a, following(api, queries[1]) as b, following(api, queries[2]) as c:
        for socket in (a, b, c):
            assert json.loads(await socket.recv())["type"] == "hello"
        await press.measures(hydraulic_pressure=180.0)
        await press.measures(hydraulic_pressure=181.0, oil_temperature=44.0)
        await press.happens(StateChanged, state="producing")
        assert (json.loads(await b.recv()))["values"] == {"oil_temperature": 44.0}
        assert json.loads(await c.recv())["state"] == "producing"
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await a.recv()
    await until(lambda: api.services.hub.readers == 0, what="the readers to be gone")


async def test_batches_and_sse_carry_the_same_frames(api: Api, press: MachineOnTheWire) -> None:
    async with following(api, "batch=1&kinds=telemetry") as socket, AsyncAndon(api.url, api.token()) as client:
        assert [f["type"] for f in json.loads(await socket.recv())] == ["hello"]
        stream = client.live(kinds=["telemetry"])
        assert (await anext(stream))["type"] == "hello"
        await press.measures(oil_temperature=44.0)
        batch = json.loads(await socket.recv())
        async with asyncio.timeout(10):
            assert await anext(stream) == batch[0]
        await stream.aclose()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("headers", "query", "status"),
    [
        ({}, "", 401),
        ({"Authorization": "Bearer x"}, "", 401),
        ({"scopes": "data:read"}, "", 403),
        ({"scopes": "live:read"}, "kinds=gossip", 400),
        ({"scopes": "live:read"}, "max_hz=1e9", 400),
    ],
)
async def test_refused_before_the_handshake(api: Api, headers: dict[str, str], query: str, status: int) -> None:
    if scopes := headers.pop("scopes", None):
        headers["Authorization"] = f"Bearer {api.token('service', [scopes])}"
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with connect(f"{api.ws}/api/v1/live?{query}", additional_headers=headers, proxy=None):
            pass
    assert refused.value.response.status_code == status
    assert json.loads(refused.value.response.body or b"{}")["status"] == status


async def test_another_tenants_machines_are_not_streamed(api: Api, press: MachineOnTheWire) -> None:
    async with following(api, tenant="acme") as stranger, following(api, "kinds=telemetry") as owner:
        await press.measures(oil_temperature=44.0)
        await next_of(owner, "telemetry")
        assert json.loads(await stranger.recv())["type"] == "hello"
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await stranger.recv()


def frame(seq: int, **values: float) -> TelemetryFrame:
    return TelemetryFrame("polaris", PRESS, 1, seq, seq * 1000, values)


async def test_a_slow_reader_loses_the_oldest_and_is_told() -> None:
    channel, slow, quick = Channel(Wanted()), Reader(size=3), Reader(size=100)
    channel.readers |= {slow, quick}
    for seq in range(1, 11):
        channel.offer(frame(seq, a=1.0))
    assert len(await quick.take()) == 10
    got = [json.loads(f) for f in await slow.take()]
    assert got[0] == {"type": "skipped", "frames": 7} and [f["seq"] for f in got[1:]] == [8, 9, 10]


async def test_a_rate_keeps_the_newest_of_every_signal() -> None:
    channel, reader = Channel(Wanted(max_hz=50.0)), Reader()
    channel.readers.add(reader)
    channel.offer(frame(1, a=1.0, b=1.0))
    channel.offer(frame(2, a=2.0))
    got = [json.loads(f) for f in await reader.take()]
    assert len(got) == 1 and got[0]["values"] == {"a": 2.0, "b": 1.0} and got[0]["seq"] == 2


async def test_one_encoding_for_all_readers() -> None:
    channel = Channel(Wanted())
    readers = [Reader() for _ in range(30)]
    channel.readers |= set(readers)
    channel.offer(frame(1, a=1.0))
    got = [(await reader.take())[0] for reader in readers]
    assert all(data is got[0] for data in got)


async def test_a_stream_goes_on_where_it_was(api: Api, press: MachineOnTheWire) -> None:
    """Whatever was said between two connections comes once, in order, and then what is live."""
    async with following(api, "kinds=telemetry,event") as socket:
        await press.measures(hydraulic_pressure=1.0)
        last = await next_of(socket, "telemetry")
    for value in range(2, 6):
        await press.measures(hydraulic_pressure=float(value))
    await press.happens(StateChanged, state="setup")
    await until(lambda: api.services.hub.heard.get((PRESS, press.epoch)) == 6, what="all six heard")
    point = f"{PRESS}:{last['epoch']}:{last['seq']}"
    query = f"kinds=telemetry,event&after={point}"
    async with following(api, query) as socket, AsyncAndon(api.url, api.token()) as client:
        await press.measures(hydraulic_pressure=7.0)
        await socket.recv()  # hello
        got = [json.loads(await socket.recv()) for _ in range(6)]
        assert [f["seq"] for f in got] == [2, 3, 4, 5, 6, 7] and got[4]["type"] == "event"
        stream = client.live(kinds=["event"], after=[point])
        await anext(stream)
        assert (await anext(stream))["seq"] == 6
        await stream.aclose()  # type: ignore[attr-defined]
    for bad in ("after=x", f"after={PRESS}:1:1&max_hz=5", f"after={PRESS}:-1:1"):
        with pytest.raises(websockets.InvalidStatus) as refused:
            async with following(api, bad):
                pass
        assert refused.value.response.status_code == 400


async def test_a_stream_goes_on_from_the_store_where_memory_ends(api: Api, press: MachineOnTheWire) -> None:
    """As after a restart of the API: what came before is in the store alone, and then it comes live."""
    stored = Batch(marks={(PRESS, press.epoch): Mark(1_500, stored=1_499, quarantined=1)})
    start = now_us() - 2_000_000
    for seq in range(1, 1_501):
        if seq == 700:
            stored.events.append(StateChanged(machine=PRESS, epoch=press.epoch, seq=seq, t=start + seq, state="setup"))
        elif seq != 900:
            sample = Sample(t=start + seq, values={"hydraulic_pressure": float(seq), "oil_temperature": 1.0})
            stored.telemetry.append(Telemetry(machine=PRESS, epoch=press.epoch, seq=seq, samples=[sample]))
    await api.store.write(stored)
    press.seq = 1_500
    await press.measures(hydraulic_pressure=1_501.0)
    point, e = f"{PRESS}:{press.epoch}:10", press.epoch
    await until(lambda: api.services.hub.heard.get((PRESS, e)) == 1_501, what="the newest heard")
    query = f"kinds=telemetry,event&signal=hydraulic_pressure&after={point}"
    async with following(api, query) as socket, AsyncAndon(api.url, api.token()) as client:
        assert json.loads(await socket.recv())["type"] == "hello"
        got = [json.loads(await socket.recv()) for _ in range(1_491)]
        assert [f.get("seq") or (f["first"], f["last"], f["why"]) for f in got] == [
            *range(11, 900), (900, 900, "gone"), *range(901, 1_502)
        ]  # fmt: skip
        assert got[0]["values"] == {"hydraulic_pressure": 11.0} and got[689]["type"] == "event"
        await press.measures(hydraulic_pressure=1_502.0)
        assert json.loads(await socket.recv())["seq"] == 1_502
        stream = client.live(kinds=["event"], after=[point])
        assert [(await anext(stream))["type"] for _ in range(3)] == ["hello", "event", "gap"]
        await stream.aclose()  # type: ignore[attr-defined]
    async with following(api, f"after={point}", tenant="acme") as stranger:
        assert json.loads(await stranger.recv())["type"] == "hello"
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await stranger.recv()


def test_what_memory_does_not_have_is_known() -> None:
    recent, heard = Recent(size=5), {(PRESS, 1): 9, (PRESS, 2): 4, (BEND, 1): 5}
    for epoch, seq in [(1, 6), (1, 6), (1, 8), (1, 8), (1, 9), (2, 2), (2, 4)]:  # two came twice, and two never
        recent.add(PRESS, epoch, seq, TelemetryFrame("polaris", PRESS, epoch, seq, seq, {"a": 1.0}))

    def missing(machine: str, epoch: int, seq: int) -> list[tuple[int, int, int]]:
        return [tuple(m[1:]) for m in recent.missing({machine: Point(epoch, seq)}, heard)]

    assert missing(PRESS, 1, 5) == [(1, 6, 7), (2, 1, 1), (2, 3, 3)]
    assert missing(PRESS, 1, 8) == [(2, 1, 1), (2, 3, 3)]
    assert missing(PRESS, 2, 2) == [(2, 3, 3)]
    assert missing(BEND, 1, 2) == [(1, 3, 5)] and missing(BEND, 1, 5) == []
    assert [(p.epoch, p.seq) for _, p, _ in recent.after({PRESS: Point(1, 8)})] == [(1, 9), (2, 2), (2, 4)]


async def test_the_client_tells_what_went_wrong(api: Api, press: MachineOnTheWire) -> None:
    async with AsyncAndon(api.url, api.token("viewer")) as client:
        assert [m.id for m in await client.machines(type="sheet-metal-press")] == [PRESS]
        assert (await client.machine(PRESS)).signals[0].unit == "bar"
        assert (await client.series(PRESS, "oil_temperature"))[0].times == []
        with pytest.raises(AndonError, match="fault:inject") as refused:
            await client.command(PRESS, "inject-fault", fault="seal-wear")
        assert refused.value.status == 403
    async with AsyncAndon("http://127.0.0.1:9", None) as nowhere:
        with pytest.raises(AndonError, match="no answer"):
            await nowhere.plants()
