"""What flows, and one message followed from the machine to the live stream: on whole platforms, ingest within the API's
process and in one of its own, on both brokers and both stores."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from andon_contracts.codec import encode
from andon_contracts.messages import Sample, Telemetry
from andon_platform.api.models_flow import FlowView, FollowView
from support.api_stack import BEND, OTHER, PRESS, Api, MachineOnTheWire, machine_on_the_wire, now_us
from support.platform_stack import PlatformUnderTest, running_platform
from support.waiting import until
from websockets.asyncio.client import connect

_KINDS = [
    ("within", "mosquitto", "duckdb"),
    ("within", "nats", "duckdb"),
    ("apart", "mosquitto", "memory"),
    pytest.param(("apart", "mosquitto", "influxdb"), marks=pytest.mark.integration),
]


@pytest_asyncio.fixture(params=_KINDS, ids=lambda kinds: "-".join(kinds))
async def platform(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[PlatformUnderTest]:
    async with running_platform(*request.param, tmp_path) as found:
        yield found


@asynccontextmanager
async def pressing(platform: PlatformUnderTest) -> AsyncIterator[MachineOnTheWire]:
    """A press that is born and known."""
    async with machine_on_the_wire(platform.broker) as press, platform.client() as client:
        await press.born()

        async def known() -> bool:
            return (await client.get(f"/machines/{PRESS}")).status_code == 200

        await until(known, what="the press in the registry")
        yield press


async def journaled(press: MachineOnTheWire, value: float = 1.0) -> Telemetry:
    """A message as a journal sends it: measured 3 ms before it was journaled."""
    press.seq += 1
    now = now_us()
    message = Telemetry(
        machine=press.path, epoch=press.epoch, seq=press.seq, journaled=now,
        samples=[Sample(t=now - 3_000, values={"hydraulic_pressure": value})],
    )  # fmt: skip
    await press.publish("telemetry", encode(message))
    return message


async def settled(client: httpx.AsyncClient, id: str) -> dict[str, Any]:
    """How the message went, once nothing more happens to it."""
    seen: list[dict[str, Any]] = []

    async def done() -> bool:
        seen.append((await client.get(f"/follow/{id}")).raise_for_status().json())
        return bool(seen[-1]["state"] == "settled" and seen[-1]["times"]["delivered"])

    await until(done, what="the message to be settled and delivered")
    return seen[-1]


async def test_a_message_is_followed_from_the_journal_to_the_live_stream(platform: PlatformUnderTest) -> None:
    async with (
        pressing(platform) as press,
        platform.client("viewer") as client,
        connect(
            f"ws://127.0.0.1:{platform.port}/api/v1/live?kinds=telemetry",
            additional_headers={"Authorization": client.headers["authorization"]},
        ),
    ):
        await journaled(press, 0.0)
        answer = await client.post("/follow", json={"machine": PRESS})
        assert answer.status_code == 201, answer.text
        asked = FollowView.model_validate(answer.json())
        assert (asked.state, asked.outcome, asked.times.received) == ("waiting", None, None)
        message = await journaled(press)
        await journaled(press)
        found = await settled(client, asked.id)
        FollowView.model_validate(found)
    assert (found["seq"], found["epoch"], found["outcome"]) == (message.seq, press.epoch, "stored")
    assert found["payload"] == encode(message).decode()
    assert found["topic"] == f"andon/v1/{PRESS}/telemetry"
    times = found["times"]
    assert (times["measured"], times["journaled"]) == (message.samples[0].t, message.journaled)
    kept = [times[hop] for hop in ("measured", "journaled", "received", "judged", "written", "acknowledged")]
    assert kept == sorted(kept)
    assert times["watermark"] >= times["written"]
    assert times["journaled"] <= times["live"] <= times["delivered"] <= found["now"]


async def test_hops_rates_and_what_is_stored_are_told(platform: PlatformUnderTest) -> None:
    async with pressing(platform) as press, platform.client("viewer") as client:
        for n in range(40):
            await journaled(press, float(n))
        await press.measures(hydraulic_pressure=1.0)  # somebody without a journal

        async def complete() -> dict[str, Any] | None:
            flow = (await client.get("/flow")).raise_for_status().json()
            hops = {h["hop"]: h["count"] for h in flow["hops"]}
            return flow if hops["write"] >= 41 and hops["live"] >= 40 and hops["watermark"] else None

        flow = await until(complete, what="the hops of 41 messages")
        assert flow is not None
        FlowView.model_validate(flow)
        hops = {h["hop"]: h for h in flow["hops"]}
        assert (hops["journal"]["count"], hops["broker"]["count"]) == (40, 40)
        assert hops["journal"]["p50_ms"] == pytest.approx(3.0, rel=0.07)
        assert all(0 < h["p50_ms"] <= h["p99_ms"] for h in hops.values())
        assert flow["ingest"] == "ready"
        assert flow["values"] == 41

        async def flowing() -> bool:
            await journaled(press)
            rates = (await client.get("/flow")).json()["rates"]
            return bool(rates["telemetry"] and rates["messages"] and rates["values"] and rates["requests"])

        await until(flowing, what="messages a second")
        if platform.shared:

            async def all_settled() -> bool:
                return bool((await client.get("/flow")).json()["watermark"]["pending"] == 0)

            await until(all_settled, what="everything settled")
            store = (await client.get("/flow")).json()["store"]
            assert store["values"] == press.seq


async def test_what_ingest_has_not_stored_is_behind_and_grows_older(tmp_path: Path) -> None:
    async with running_platform("apart", "mosquitto", "influxdb", tmp_path) as platform:
        assert platform.ingest is not None
        async with pressing(platform) as press, platform.client() as client, platform.client(tenant="acme") as other:
            platform.ingest.kill()
            platform.ingest.wait()
            for _ in range(5):
                await journaled(press)

            async def behind() -> dict[str, Any] | None:
                flow = (await client.get("/flow")).json()
                waits = flow["watermark"]["oldest_s"] >= 0.3 and flow["ingest"] == "away"
                return flow if waits else None

            flow = await until(behind, what="the watermark to be behind")
            assert flow is not None
            assert flow["watermark"]["pending"] == 5
            assert [(b["machine"], b["pending"]) for b in flow["watermark"]["behind"]] == [(PRESS, 5)]
            # how much there is, everybody sees; of whom, only the tenant
            theirs = (await other.get("/flow")).json()["watermark"]
            assert (theirs["pending"], theirs["behind"]) == (5, [])
            answer = await client.post("/follow", json={"machine": PRESS})
            assert answer.status_code == 503
            assert "ingest" in answer.json()["detail"]


async def test_a_machine_that_sends_nothing_is_waited_for(api: Api, press: MachineOnTheWire) -> None:
    async with api.client("viewer") as client:
        made = (await client.post("/api/v1/follow", json={"machine": PRESS})).json()
        again = (await client.get(f"/api/v1/follow/{made['id']}")).json()
        assert again["state"] == "waiting"
        assert set(again["times"].values()) == {None}


async def test_only_known_machines_of_ones_own_tenant_are_followed(api: Api, press: MachineOnTheWire) -> None:
    async with api.client("viewer", tenant="acme") as stranger, api.client("viewer") as client:
        for machine in (PRESS, BEND, OTHER, "nonsense"):
            assert (await stranger.post("/api/v1/follow", json={"machine": machine})).status_code == 404
        made = (await client.post("/api/v1/follow", json={"machine": PRESS})).json()
        assert (await stranger.get(f"/api/v1/follow/{made['id']}")).status_code == 404
        assert (await client.get("/api/v1/follow/0123456789abcdef")).status_code == 404
        assert (await client.get("/api/v1/follow/..")).status_code == 404
    async with api.client(None) as nobody:
        assert (await nobody.post("/api/v1/follow", json={"machine": PRESS})).status_code == 401


async def test_who_is_turned_away_is_counted_by_what_they_wanted(api: Api, press: MachineOnTheWire) -> None:
    async with api.client(None) as nobody, api.client("viewer") as viewer:
        await nobody.get("/api/v1/machines")
        await nobody.get("/api/v1/flow")
        await nobody.get("/")
        await nobody.get("/link/unknown")
        await nobody.post("/link/unknown")
        await viewer.post(f"/api/v1/machines/{PRESS}/commands", json={"command": "stop"})
        await viewer.post(f"/api/v1/devices/{PRESS}/enrol")
        with pytest.raises(Exception, match="401"):
            async with connect(f"{api.ws}/api/v1/live"):
                pass
        flow = (await viewer.get("/api/v1/flow")).json()
    told = {(r["area"], r["why"]): r["count"] for r in flow["security"]["refused"]}
    assert told[("api", "not-signed-in")] == 2
    assert told[("pages", "not-signed-in")] == 1
    assert told[("command", "not-allowed")] == 1
    assert told[("enrolment", "not-allowed")] == 1
    assert told[("stream", "not-signed-in")] == 1
    assert sum(n for (area, _), n in told.items() if area == "link") == 1
    assert all(flow["security"]["since"] <= r["last"] <= flow["now"] for r in flow["security"]["refused"])
    # this answer itself has not left yet
    assert flow["security"]["requests"] == 8
    assert flow["security"]["audit_records"] >= 1


async def test_answers_of_machines_are_counted(api: Api, press: MachineOnTheWire) -> None:
    async with api.client("engineer") as client:
        for status in ("refused", "done"):
            answering = asyncio.create_task(press.answer(status))
            await client.post(f"/api/v1/machines/{PRESS}/commands", json={"command": "start"})
            await answering
        assert (await client.get("/api/v1/flow")).json()["security"]["replies"] == {"refused": 1, "done": 1}


async def test_what_no_journal_counts_is_held_all_the_same(platform: PlatformUnderTest) -> None:
    """A message without a place in a journal is in quarantine, and no part of what machines sent."""
    if not platform.shared:
        pytest.skip("the quarantine is in the store, and the API reads another one here")
    async with pressing(platform) as press, platform.client("viewer") as client:
        await press.publish("telemetry", b"TEXT")

        async def flow() -> dict[str, Any]:
            return dict((await client.get("/flow")).raise_for_status().json())

        async def held() -> bool:
            return (await flow())["held"] == 1

        await until(held, what="the message in quarantine")
        found = await flow()
        assert found["reasons"] == {"malformed-json": 1}
        assert found["quarantined"] == 0 and found["sent"] == found["stored"] + found["voided"] + found["pending"]
