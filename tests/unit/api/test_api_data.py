"""Series, latest values, events and states, from a store with known content."""

from __future__ import annotations

import asyncio
import csv
import functools
import io
from dataclasses import replace

import pytest
from andon_client import Andon as AndonClient
from andon_client import AndonError, AsyncAndon
from andon_contracts.messages import PiecesCounted, Sample, StateChanged, Telemetry
from andon_platform.api.models import CountList
from andon_platform.data.port import Batch, Quarantined, Series, SeriesQuery
from support.api_stack import BEND, EPOCH, PRESS, Api, MachineOnTheWire, birth_of, now_us
from support.waiting import until

MINUTE = 60_000_000


async def filled(api: Api) -> int:
    """Two machines; one value a second over the last two minutes; returns the time of the first."""
    start = (now_us() // MINUTE - 3) * MINUTE
    batch = Batch()
    for path in (PRESS, BEND):
        api.services.registry.birth(birth_of(path))
        for i in range(120):
            sample = Sample(t=start + i * 1_000_000, values={"hydraulic_pressure": float(i), "oil_temperature": 40.0})
            batch.telemetry.append(Telemetry(machine=path, epoch=EPOCH, seq=i + 1, samples=[sample]))
    states = (("producing", 0), ("down", 30), ("producing", 60))
    for n, (state, at) in enumerate(states):
        batch.events.append(
            StateChanged(machine=PRESS, epoch=EPOCH, seq=200 + n, t=start + at * 1_000_000, state=state)  # type: ignore[arg-type]
        )
    batch.quarantined.append(
        Quarantined("q-1", now_us(), f"andon/v1/{PRESS}/telemetry", b"{nonsense\xff", "malformed-json", "at 1", PRESS)
    )
    await api.store.write(batch)
    return start


async def test_series_in_buckets_and_raw(api: Api) -> None:
    start = await filled(api)
    stop = start + 2 * MINUTE
    async with api.client("viewer") as client:
        base = {"machine": PRESS, "signal": "hydraulic_pressure", "start": start, "stop": stop}
        one = (await client.get("/api/v1/series", params={**base, "every": "1m", "agg": "max"})).json()["series"][0]
        assert (one["times"], one["values"]) == ([start, start + MINUTE], [59.0, 119.0])
        assert (one["unit"], one["every"]) == ("bar", MINUTE)
        raw = (await client.get("/api/v1/series", params={**base, "agg": "raw"})).json()["series"][0]
        assert len(raw["times"]) == 120 and raw["every"] is None and not raw["truncated"]
        cut = (await client.get("/api/v1/series", params={**base, "agg": "raw", "points": 10})).json()["series"][0]
        assert len(cut["times"]) == 10 and cut["truncated"]
        chosen = (await client.get("/api/v1/series", params={**base, "points": 30})).json()["series"][0]
        assert chosen["every"] == 5_000_000 and len(chosen["times"]) <= 30


async def test_the_spread_of_each_bucket_beside_its_mean(api: Api) -> None:
    start = await filled(api)
    base = {"machine": PRESS, "signal": "hydraulic_pressure", "start": start, "stop": start + 2 * MINUTE}
    async with AsyncAndon(api.url, api.token("viewer")) as client:
        asked = {"start": start, "stop": start + 2 * MINUTE}
        (one,) = await client.series(PRESS, "hydraulic_pressure", **asked, every="1m", spread=True)
        assert (one.values, one.lows, one.highs) == ([29.5, 89.5], [0.0, 60.0], [59.0, 119.0])
        (raw,) = await client.series(PRESS, "hydraulic_pressure", **asked, agg="raw", spread=True)
        assert (len(raw.values), raw.lows, raw.highs) == (120, None, None)  # a value has none
        (plain,) = await client.series(PRESS, "hydraulic_pressure", **asked, every="1m")
        assert (plain.lows, plain.highs) == (None, None)
    async with api.client("viewer") as http:
        table = await http.get("/api/v1/series", params=base | {"spread": True}, headers={"Accept": "text/csv"})
        assert table.status_code == 400 and "agg=min" in table.json()["detail"]
        summed = await http.get("/api/v1/series", params=base | {"spread": True, "agg": "sum"})
        assert summed.status_code == 400 and "agg=mean" in summed.json()["detail"]


async def test_a_spread_that_grew_meanwhile_holds_the_mean_at_least(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mean, lowest and highest are three answers of the store: between them a bucket may come, go or change."""
    start = await filled(api)
    asked = {"start": start, "stop": start + 2 * MINUTE}
    answer = api.services.store.series

    async def other(query: SeriesQuery) -> Series:
        found = await answer(query)
        if query.agg == "mean":
            return found
        return replace(found, times=list(found.times)[1:], values=[{"min": 90.0, "max": 80.0}[query.agg]])

    monkeypatch.setattr(api.services.store, "series", other)
    async with AsyncAndon(api.url, api.token("viewer")) as client:
        (one,) = await client.series(PRESS, "hydraulic_pressure", **asked, every="1m", spread=True)
    assert (one.values, one.lows, one.highs) == ([29.5, 89.5], [29.5, 89.5], [29.5, 89.5])


async def test_several_series_and_csv(api: Api) -> None:
    start = await filled(api)
    params: list[tuple[str, str | int | float | bool | None]] = [
        ("machine", PRESS),
        ("machine", BEND),
        ("signal", "oil_temperature"),
        ("start", start),
        ("stop", start + MINUTE),
        ("every", "30s"),
    ]
    async with api.client() as client:
        both = (await client.get("/api/v1/series", params=params)).json()["series"]
        assert [s["machine"] for s in both] == [PRESS, BEND]
        answer = await client.get("/api/v1/series", params=params, headers={"Accept": "text/csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == 4 and rows[0]["unit"] == "Cel" and rows[0]["time"].endswith("Z")


BAD: tuple[tuple[str, int, str], ...] = (
    ("machine=nobody&signal=x", 404, "not-found"),
    (f"machine={PRESS}&signal=nothing", 404, "not-found"),
    ("signal=x", 400, "bad-question"),
    (f"machine={PRESS}&signal=oil_temperature&start=yesterday", 400, "bad-question"),
    (f"machine={PRESS}&signal=oil_temperature&start=-60", 400, "bad-question"),
    (f"machine={PRESS}&signal=oil_temperature&start=now&stop=-1h", 400, "bad-question"),
    (f"machine={PRESS}&signal=oil_temperature&start=-1h&every=1ms", 422, "too-much"),
    (f"machine={PRESS}&signal=oil_temperature&start=0", 422, "too-much"),
    (f"machine={PRESS}" + "&signal=oil_temperature" * 21, 422, "too-much"),
    (f"machine={PRESS}&signal=oil_temperature&points=0", 422, "invalid"),
    (f"machine={PRESS}&signal=oil_temperature&agg=guess", 422, "invalid"),
    (f"machine={PRESS}&signal=oil_temperature&every=1m&points=5", 400, "bad-question"),
    (f"machine={PRESS}&signal=oil_temperature&every=0s", 400, "bad-question"),
)


async def test_a_bad_question_says_why(api: Api) -> None:
    await filled(api)
    async with api.client() as client:
        for query, status, kind in BAD:
            answer = await client.get(f"/api/v1/series?{query}")
            assert answer.status_code == status, f"{query}: {answer.text}"
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["type"] == f"urn:andon:problem:{kind}" and answer.json()["detail"], query


async def test_states_are_intervals(api: Api) -> None:
    start = await filled(api)
    params: dict[str, str | int] = {"machine": PRESS, "start": start + 10_000_000, "stop": start + 2 * MINUTE}
    async with api.client() as client:
        rows = (await client.get("/api/v1/states", params=params)).json()["states"]
        events = (await client.get("/api/v1/events", params={"kind": "state", "machine": PRESS})).json()["events"]
    assert [(r["state"], (r["start"] - start) // 1_000_000, (r["stop"] - start) // 1_000_000) for r in rows] == [
        ("producing", 10, 30),
        ("down", 30, 60),
        ("producing", 60, 120),
    ]
    assert [e["state"] for e in events] == ["producing", "down", "producing"] and events[0]["kind"] == "state"


async def test_latest_comes_live(api: Api, press: MachineOnTheWire) -> None:
    t = now_us()
    await press.measures(t=t, hydraulic_pressure=181.5)
    await until(lambda: api.services.hub.latest.get(PRESS), what="the value")
    async with api.client() as client:
        latest = (await client.get("/api/v1/latest", params={"machine": PRESS})).json()["latest"]
        table = await client.get("/api/v1/latest", headers={"Accept": "text/csv"})
    assert latest == {PRESS: {"hydraulic_pressure": {"t": t, "value": 181.5}}}
    assert "181.5" in table.text


async def test_quarantine_is_seen_and_replayed(api: Api) -> None:
    await filled(api)
    async with api.client("viewer") as client:
        assert (await client.get("/api/v1/quarantine")).status_code == 403
    async with api.client("admin", tenant="acme") as client:
        assert (await client.get("/api/v1/quarantine")).json() == {"messages": [], "next": None}
    async with api.client("engineer") as client:
        seen = (await client.get("/api/v1/quarantine")).json()["messages"]
        assert (seen[0]["id"], seen[0]["payload"], seen[0]["size"]) == ("q-1", None, 10)
        assert (await client.get("/api/v1/quarantine/q-1")).json() == seen[0]
        assert (await client.post("/api/v1/quarantine/q-1/replay")).json()["stored"]
        assert (await client.post("/api/v1/quarantine/none/replay")).status_code == 404


async def test_counts_are_summed_and_the_stream_goes_on_from_them(api: Api, press: MachineOnTheWire) -> None:
    """What was stored and what comes live add up, without one piece missing or counted twice."""
    start = now_us() - 60_000_000
    stored = Batch()
    for path, good in ((PRESS, 2), (BEND, 30)):
        api.services.registry.birth(birth_of(path))
        for seq in (1, 2, 3):
            stored.events.append(
                PiecesCounted(machine=path, epoch=EPOCH, seq=seq, t=start + seq, good=good, scrap=int(seq == 3))
            )
    await api.store.write(stored)
    press.seq = 2
    with AndonClient(api.url, api.token("viewer")) as client:
        ask = functools.partial(asyncio.to_thread, client.counts, start=start)
        async with AsyncAndon(api.url, api.token("viewer")) as live:
            frames = live.live(machine=[PRESS], kinds=["event"])
            assert (await anext(frames))["type"] == "hello"
            await press.happens(PiecesCounted, good=2, scrap=1)  # seq 3: stored already
            await press.happens(PiecesCounted, good=7)
            before = await ask()
            row = next(c for c in before.counts if c.machine == PRESS)
            assert (before.good, before.scrap, row.good, row.seq) == (96, 2, 6, 3)
            came = [await anext(frames), await anext(frames)]
            more = [f["good"] for f in came if (f["epoch"], f["seq"]) > (row.epoch, row.seq)]
            assert row.good + sum(more) == 13
            await frames.aclose()
            assert (await live.counts(PRESS, start=start)).counts == [row]
        assert (await ask(place="polaris/north")).good == 96
        assert (await ask(BEND)).good == 90
        assert (await ask(BEND, start="now", stop=now_us() + 60_000_000)).counts[0].seq == 0
        with pytest.raises(AndonError, match="no machine"):
            await ask("polaris/north/cabinets/cabinets-1/nothing")
    async with api.client("viewer", tenant="acme") as client:
        assert (await client.get("/api/v1/counts", params={"start": start})).json()["counts"] == []
        assert (await client.get("/api/v1/counts", params={"place": "polaris"})).status_code == 404
    async with api.client("viewer") as client:
        table = await client.get("/api/v1/counts", params={"start": start}, headers={"Accept": "text/csv"})
        assert table.text.splitlines()[0] == "machine,good,scrap,events,epoch,seq" and f"{BEND},90,1,3," in table.text
        assert (await client.get("/api/v1/counts?place=")).status_code == 400
        CountList.model_validate((await client.get("/api/v1/counts", params={"start": start})).json())


async def test_a_store_that_is_away_is_said_so(api: Api) -> None:
    await filled(api)
    api.store.down = True
    async with api.client() as client:
        answer = await client.get(f"/api/v1/series?machine={PRESS}&signal=oil_temperature")
        ready = await client.get("/api/v1/ready")
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:andon:problem:unavailable")
    assert ready.status_code == 503


async def test_flow_and_metrics(api: Api, press: MachineOnTheWire) -> None:
    async with api.client("viewer") as client:
        flow = (await client.get("/api/v1/flow")).json()
        metrics = (await client.get("/api/v1/metrics")).text
        assert (flow["machines"], flow["online"], flow["received"]) == (1, 1, 10)
        assert "andon_machines_online 1.0" in metrics
    async with api.client(None) as client:
        assert (await client.get("/api/v1/health")).json()["status"] == "alive"
        assert (await client.get("/api/v1/ready")).json()["ready"]
        assert (await client.get("/api/v1/metrics")).status_code == 401
