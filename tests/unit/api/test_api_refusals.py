"""What is refused: too long, too far, to the wrong one, or with the database away; said as a problem, and audited."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
import websockets
from andon_platform.api.bodies import MAX_BODY
from andon_platform.api.ports import IngestFlow
from andon_platform.api.refusals import AGAIN_S, Refusals
from andon_platform.api.routes import live
from andon_platform.data.port import Batch, Quarantined
from andon_security.audit import AuditLog
from andon_security.tokens import issue, verify
from sqlalchemy import create_engine
from support.api_stack import BEND, EPOCH, OTHER, PRESS, Api, MachineOnTheWire, birth_of, machine_on_the_wire, now_us
from support.waiting import until


def problem(answer: httpx.Response, status: int, kind: str) -> str:
    """The detail of an answer that must be this problem."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert (body["type"], body["status"]) == (f"urn:andon:problem:{kind}", status)
    return str(body["detail"])


async def test_a_body_has_an_end(api: Api) -> None:
    path = f"/api/v1/machines/{PRESS}/commands"

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(MAX_BODY // 100_000 + 2):
            yield b"x" * 100_000

    async with api.client() as client:
        assert str(MAX_BODY) in problem(await client.post(path, content=b"x" * (MAX_BODY + 1)), 413, "too-large")
        problem(await client.post(path, content=pieces()), 413, "too-large")
        problem(await client.post("/a-page", content=b"x" * 10_000_001), 413, "too-large")
        problem(await client.post(path, content=b"x" * 1000), 422, "invalid")


@pytest.mark.parametrize(
    "question",
    [
        f"commands?before={10**30}",
        f"quarantine?before={10**30}",
        f"quarantine?before=5:{'x' * 200}",
        "quarantine?before=a",
    ],
)
async def test_numbers_that_no_clock_shows_are_invalid(api: Api, question: str) -> None:
    async with api.client() as client:
        problem(await client.get(f"/api/v1/{question}"), 422, "invalid")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (f"machines/{PRESS}/commands", r'{"command": "\ud800"}'),
        (f"machines/{PRESS}/commands", r'{"command": "stop", "arguments": {"\ud800": "1"}}'),
        (f"machines/{PRESS}/commands", r'{"command": "stop", "arguments": {"reason": "\udfff"}}'),
        ("credentials/node-red", r'{"read": ["andon/v1/\ud800"]}'),
        ("credentials/node-red", r'{"read": ["andon/v1/#"], "write": ["\ud800"]}'),
        ("spc/limits", r'{"machine": "\ud800", "characteristic": "x", "chart": "individuals"}'),
        ("plants/polaris/pace", r'{"pace": "\ud800"}'),
        ("labour/on", r'{"name": "\ud83d", "place": "polaris"}'),
    ],
)
async def test_half_a_character_is_invalid(api: Api, path: str, body: str) -> None:
    """JSON can write one, and no answer could repeat it."""
    api.services.registry.birth(birth_of())
    async with api.client() as client:
        method = "PUT" if path.startswith("credentials") else "POST"
        headers = {"content-type": "application/json"}
        sent = await client.request(method, f"/api/v1/{path}", content=body, headers=headers)
    problem(sent, 422, "invalid")


async def test_a_time_is_repeated_as_it_was_written(api: Api) -> None:
    async with api.client() as client:
        assert problem(await client.get("/api/v1/events?start=-401d"), 400, "bad-question").startswith("start='-401d'")


async def test_refusals_are_audited_once_a_minute(api: Api) -> None:
    api.services.registry.birth(birth_of())
    async with api.client("viewer") as client:
        for _ in range(3):
            problem(await client.post("/api/v1/plants/polaris/pace", json={"pace": 2}), 403, "not-allowed")
        problem(await client.post(f"/api/v1/machines/{PRESS}/commands", json={"command": "dance"}), 403, "not-allowed")
    async with api.client(None) as client:
        problem(await client.get("/api/v1/machines", headers={"Authorization": "Bearer a.b.c"}), 401, "not-signed-in")
        problem(await client.get("/api/v1/machines"), 401, "not-signed-in")
    with pytest.raises(websockets.InvalidStatus):
        await websockets.connect(
            f"{api.ws}/api/v1/live",
            additional_headers={"Authorization": f"Bearer {api.token('service', ['data:read'])}"},
            proxy=None,
        )
    records = [(r["kind"], r["who"], r["what"]) for r in api.services.audit.records()]
    assert [kind for kind, _, _ in records] == ["refusal"] * 4
    assert records[0][1:] == (
        "viewer:tester",
        "POST /api/v1/plants/polaris/pace: viewer tester lacks the scope 'plant:pace'",
    )
    assert records[1][1] == "viewer:tester" and "dance" in records[1][2]
    assert records[2][1] == "127.0.0.1" and "bearer token" in records[2][2]
    assert records[3][1] == "service:tester" and "live:read" in records[3][2]


async def test_a_flood_of_refusals_is_counted_and_bounded(api: Api) -> None:
    time = [0.0]
    audit = AuditLog(api.services.settings.data_dir / "other.jsonl", b"key")
    refusals = Refusals(audit, now=lambda: time[0])
    for n in range(1_000):
        await refusals.note("somebody", f"GET /{n}")
    written = len(list(audit.records()))
    assert written == 200
    for _ in range(5):
        await refusals.note("somebody", "GET /0")
    time[0] = AGAIN_S
    await refusals.note("somebody", "GET /0")
    records = list(audit.records())
    assert len(records) == written + 1 and records[-1]["more"] == {"again": 5}


async def test_who_is_refused_hears_so_where_the_audit_cannot_be_written(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(api.services.audit, "append", full)
        async with api.client("viewer") as client:
            problem(await client.get("/api/v1/audit"), 403, "not-allowed")
    async with api.client("viewer") as client:
        problem(await client.get("/api/v1/audit"), 403, "not-allowed")
    assert [r["kind"] for r in api.services.audit.records()] == ["refusal"]


async def test_one_enterprise_neither_reads_the_audit_nor_makes_users_of_others(api: Api) -> None:
    async with api.client("admin", tenant="acme") as client:
        problem(await client.get("/api/v1/audit"), 403, "not-allowed")
        wanted = {"read": ["andon/v1/acme/#"]}
        problem(await client.put("/api/v1/credentials/node-red", json=wanted), 403, "not-allowed")
        beyond = {"read": ["andon/v1/+/south/#"]}
        problem(await client.put("/api/v1/credentials/acme.node-red", json=beyond), 403, "not-allowed")
        problem(await client.delete("/api/v1/credentials/node-red"), 403, "not-allowed")
        assert (await client.put("/api/v1/credentials/acme.node-red", json=wanted)).status_code == 201
        assert (await client.delete("/api/v1/credentials/acme.node-red")).status_code == 204


async def test_quarantine_comes_in_pages_of_ones_own(api: Api) -> None:
    t = now_us()
    batch = Batch()
    for n in range(30):  # all in one microsecond, every third of another enterprise
        topic = f"andon/v1/{OTHER if n % 3 == 0 else PRESS}/telemetry"
        batch.quarantined.append(Quarantined(f"{n:02x}", t, topic, b"{", "malformed-json", ""))
    await api.store.write(batch)
    for tenant, count in (("*", 30), ("polaris", 20), ("acme", 10), ("nobody", 0)):
        ids: list[str] = []
        async with api.client("operator", tenant=tenant) as client:
            following: str | None = ""
            while following is not None:
                page = (await client.get("/api/v1/quarantine", params={"limit": 4} | _before(following))).json()
                assert len(page["messages"]) == 4 or page["next"] is None
                ids += [m["id"] for m in page["messages"]]
                following = page["next"]
        assert len(ids) == count and ids == sorted(set(ids), reverse=True)


def _before(following: str) -> dict[str, str]:
    return {"before": following} if following else {}


async def test_events_say_when_there_are_more_and_keep_enterprises_apart(api: Api, press: MachineOnTheWire) -> None:
    from andon_contracts.messages import StateChanged

    t = now_us() - 1_000_000
    events = [
        StateChanged(machine=path, epoch=EPOCH, seq=n, t=t + n, state="idle")
        for n in range(1, 11)
        for path in (PRESS, OTHER)
    ]
    await api.store.write(Batch(events=list(events)))
    async with api.client("viewer", tenant="acme") as client:
        some = (await client.get("/api/v1/events?limit=6")).json()
        assert [e["seq"] for e in some["events"]] == [5, 6, 7, 8, 9, 10] and some["truncated"]
        assert {e["machine"] for e in some["events"]} == {OTHER}
        older = (await client.get(f"/api/v1/events?limit=6&stop={some['events'][0]['t']}")).json()
        assert [e["seq"] for e in older["events"]] == [1, 2, 3, 4] and not older["truncated"]


async def test_ready_looks_at_the_database_and_at_what_ingest_can_write(api: Api) -> None:
    async with api.client(None) as client:
        assert (await client.get("/api/v1/ready")).json()["ready"]
        full = IngestFlow(True, False, 0, 0, 0, 0, 0, 0, 0, 0.0, last_error="No space left on device")
        api.ingest.figures = full
        answer = (await client.get("/api/v1/ready")).json()
        assert not answer["ready"] and not answer["ingest"] and "No space left" in answer["detail"]
        api.ingest.figures = IngestFlow(True, True, 0, 0, 0, 0, 0, 0, 0, 0.0)
        database = api.services.settings.data_dir / "registry.db"
        with create_engine(f"sqlite:///{database}").connect() as blocker:
            blocker.exec_driver_sql("DROP TABLE commands")
            blocker.commit()
        async with api.client() as known:
            assert "database" in problem(await known.get("/api/v1/commands"), 503, "unavailable")
        await api.services.registry._engine.dispose()
        database.rename(database.with_name("away"))
        database.mkdir()
        answer = (await client.get("/api/v1/ready")).json()
        assert (answer["ready"], answer["registry"]) == (False, False) and "unable to open" in answer["detail"]
        cookie = {"Cookie": "andon_session=something"}
        problem(await client.get("/api/v1/machines", headers=cookie), 503, "unavailable")
        problem(await client.get("/a-page", headers=cookie), 503, "unavailable")
        database.rmdir()
        database.with_name("away").rename(database)
        assert (await client.get("/api/v1/ready")).json()["ready"]


async def test_a_store_that_hangs_is_said_while_somebody_still_waits(
    api: Api, press: MachineOnTheWire, monkeypatch: pytest.MonkeyPatch
) -> None:
    never = asyncio.Event()

    async def hangs(*_: object, **__: object) -> object:
        return await never.wait()

    monkeypatch.setattr(api.services.store, "_read_s", 0.05)
    monkeypatch.setattr("andon_platform.api.routes.system.READY_S", 0.05)
    for name in ("series", "events", "counts", "quarantine", "marks", "health"):
        monkeypatch.setattr(api.store, name, hangs)
    async with api.client() as client:
        for question in (f"series?machine={PRESS}&signal=oil_temperature", "events", "counts", "quarantine", "flow"):
            answer = await client.get(f"/api/v1/{question}")
            assert "does not answer within" in problem(answer, 503, "unavailable"), question
        monkeypatch.setattr(api.services.store, "_read_s", 60.0)
        ready = await client.get("/api/v1/ready")
        assert ready.status_code == 503 and "does not answer within 0.05 s" in ready.json()["detail"]
        assert (await client.get("/api/v1/latest")).status_code == 200
        never.set()


async def test_strangers_and_unknown_signals_have_no_latest_value(api: Api, press: MachineOnTheWire) -> None:
    async with machine_on_the_wire(api.broker, BEND) as stranger:
        await stranger.measures(hydraulic_pressure=1.0)
    await press.measures(hydraulic_pressure=2.0, made_up=3.0)
    await until(lambda: api.services.hub.latest.get(PRESS), what="the value")
    async with api.client() as client:
        latest = (await client.get("/api/v1/latest")).json()["latest"]
    assert {m: set(values) for m, values in latest.items()} == {PRESS: {"hydraulic_pressure"}}


async def test_a_stream_ends_with_the_token_that_opened_it(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    forever = verify(api.services.signing_key, issue(api.services.signing_key, "edge", "service"))
    hour = verify(api.services.signing_key, issue(api.services.signing_key, "eva", "viewer", life_s=3600))
    left = live.left(hour)
    assert live.left(forever) is None and left is not None and 3000 < left <= 3600
    monkeypatch.setattr(live, "left", lambda who: 0.5)
    headers = {"Authorization": f"Bearer {api.token('viewer')}"}
    async with websockets.connect(f"{api.ws}/api/v1/live", additional_headers=headers, proxy=None) as stream:
        with pytest.raises(websockets.ConnectionClosedError):
            await asyncio.wait_for(_to_the_end(stream), 20)
    assert stream.close_code == 1008
    async with api.client("viewer") as client, client.stream("GET", "/api/v1/live/sse") as sse:
        lines = [line async for line in sse.aiter_lines() if line]
    assert lines and lines[0].startswith('data: {"type":"hello"')
    await until(lambda: api.services.hub.readers == 0, what="no reader")


async def _to_the_end(stream: websockets.ClientConnection) -> None:
    async for _ in stream:
        pass
