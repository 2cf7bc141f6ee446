"""Replaying many over the API: who may, what is asked, what is told and written down."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from andon_client import AsyncAndon
from andon_platform.api.models_quarantine import HeldCount, ReplayRound, ReplayRounds
from andon_platform.api.ports import Replayed
from andon_platform.data.port import Batch, Quarantined
from andon_security.tokens import Principal
from support.api_stack import BEND, OTHER, PRESS, Api, now_us
from support.waiting import until

MIN = 60_000_000
ANYBODY = Principal("anybody", "admin", frozenset(), "*", None)


async def fill(api: Api) -> int:
    """Three messages of two machines, of an hour ago and of now, and one of another plant; gives now."""
    now = now_us()

    def one(id: str, machine: str, t: int, reason: str = "unknown-signal") -> Quarantined:
        return Quarantined(id, t, f"andon/v1/{machine}/telemetry", b"{}", reason, "", machine, 1, 1)

    await api.store.write(
        Batch(
            quarantined=[
                one("old", PRESS, now - 60 * MIN),
                one("new", PRESS, now - MIN),
                one("bend", BEND, now - MIN, "future"),
                one("strange", OTHER, now - MIN),
            ]
        )
    )
    return now


async def ended(client: httpx.AsyncClient, round: str) -> ReplayRound:
    found: list[ReplayRound] = []

    async def over() -> bool:
        answer = await client.get(f"/api/v1/quarantine/replays/{round}")
        found.append(ReplayRound.model_validate(answer.json()))
        return found[-1].ended > 0

    await until(over, what="the end of the round")
    return found[-1]


@pytest.mark.parametrize(
    ("asked", "ids"),
    [
        ({}, ["new", "bend", "old"]),
        ({"machine": PRESS}, ["new", "old"]),
        ({"machine": PRESS.rpartition("/")[0]}, ["new", "bend", "old"]),
        ({"machine": PRESS[:-1]}, []),
        ({"start": "-30m"}, ["new", "bend"]),
        ({"stop": "-30m"}, ["old"]),
        ({"start": "-2h", "stop": "-30m", "machine": PRESS}, ["old"]),
        ({"reason": "future"}, ["bend"]),
    ],
)
async def test_one_question_lists_counts_and_replays(api: Api, asked: dict[str, str], ids: list[str]) -> None:
    await fill(api)
    async with api.client("engineer", tenant="polaris") as client:
        listed = (await client.get("/api/v1/quarantine", params=asked)).json()["messages"]
        assert sorted(m["id"] for m in listed) == sorted(ids)
        paged: list[str] = []
        following = None
        while True:
            params = asked | {"limit": "1"} | ({"before": following} if following else {})
            page = (await client.get("/api/v1/quarantine", params=params)).json()
            paged += [m["id"] for m in page["messages"]]
            if (following := page["next"]) is None:
                break
        assert paged == [m["id"] for m in listed]
        count = HeldCount.model_validate((await client.get("/api/v1/quarantine/count", params=asked)).json())
        assert (count.messages, count.waiting, sum(count.reasons.values())) == (len(ids), len(ids), len(ids))
        begun = await client.post("/api/v1/quarantine/replays", json=asked)
        assert begun.status_code == 202, begun.text
        done = await ended(client, begun.json()["id"])
        assert (done.state, done.total, done.stored) == ("done", len(ids), len(ids))
        rounds = ReplayRounds.model_validate((await client.get("/api/v1/quarantine/replays")).json()).rounds
        assert [r.id for r in rounds] == [done.id]
    said = [r for r in api.services.audit.records() if r["kind"] == "replay"]
    assert [r["who"] for r in said] == ["engineer:tester"] * (len(ids) + 2)
    assert sorted(r["what"] for r in said[1:-1]) == sorted(f"replay {id}: stored" for id in ids)
    assert said[-1]["what"] == f"replay of many {done.id} done: {len(ids)} stored, 0 refused"


async def test_who_may_not_replay_one_may_not_replay_many(api: Api) -> None:
    await fill(api)
    async with api.client("operator") as client:
        assert (await client.get("/api/v1/quarantine/count")).json()["messages"] == 4
        assert (await client.post("/api/v1/quarantine/replays", json={})).status_code == 403
        assert (await client.delete("/api/v1/quarantine/replays/x")).status_code == 403
    async with api.client("viewer") as client:
        assert (await client.get("/api/v1/quarantine/count")).status_code == 403
    async with api.client("engineer") as client:
        for body, status in (({"start": "soon"}, 400), ({"start": "-1h", "stop": "-2h"}, 400), ({"all": True}, 422)):
            answer = await client.post("/api/v1/quarantine/replays", json=body)
            assert answer.status_code == status, answer.text
        assert (await client.get("/api/v1/quarantine/replays/none")).status_code == 404
    assert not [r for r in api.services.audit.records() if r["kind"] == "replay"]


async def test_one_round_at_a_time_and_another_tenant_does_not_see_it(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(api)
    go = asyncio.Event()

    async def slow(id: str) -> Replayed:
        await go.wait()
        return Replayed(id, False, "unknown-signal", "still")

    monkeypatch.setattr(api.services.ingest, "_replay", slow)
    async with (
        AsyncAndon(api.url, api.token("engineer", tenant="polaris")) as mine,
        api.client("engineer", tenant="acme") as theirs,
    ):
        begun = await mine.replay_many(machine=PRESS)
        assert (await mine.quarantine_count(machine=PRESS)).waiting == 2
        second = await theirs.post("/api/v1/quarantine/replays", json={})
        assert second.status_code == 409 and second.json()["type"] == "urn:andon:problem:conflict"
        assert (await theirs.get(f"/api/v1/quarantine/replays/{begun.id}")).status_code == 404
        assert (await theirs.delete(f"/api/v1/quarantine/replays/{begun.id}")).status_code == 404
        assert not (await mine.replay_round(begun.id)).over
        stopping = asyncio.create_task(mine.stop_replay(begun.id))
        await until(lambda: api.services.replaying.find(ANYBODY)[0].over, what="the round to be told to end")
        go.set()
        stopped = await stopping
        assert (stopped.state, stopped.looked, stopped.refused) == ("stopped", 1, 1)
        assert stopped.reasons == {"unknown-signal": 1} and stopped.examples[0].detail == "still"
