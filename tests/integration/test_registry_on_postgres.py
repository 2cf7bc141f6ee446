"""The API's own database on a real PostgreSQL: registry, commands, links and sessions."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
import sqlalchemy as sa
from andon_contracts.messages import Birth, Death, StateChanged
from andon_platform.api.access import Access
from andon_platform.commands.log import CommandLog, CommandRecord
from andon_platform.people.deed import Deed
from andon_platform.people.desk import People
from andon_platform.people.scrap import Counted, Pieces
from andon_platform.registry.database import open_database
from andon_platform.registry.errors import RegistryError, SchemaTooNew
from andon_platform.registry.registry import Registry
from andon_security.tokens import ROLE_SCOPES, Principal
from sqlalchemy.ext.asyncio import AsyncEngine
from support.api_stack import PRESS, now_us, running_api
from support.broker import running_broker
from support.postgres import postgres_reason, running_postgres

pytest.importorskip("asyncpg", reason="the driver is not installed: andon[postgres]")
pytestmark = [pytest.mark.integration, pytest.mark.skipif(bool(postgres_reason()), reason=postgres_reason() or "")]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running_postgres() as found:
        yield found


@pytest_asyncio.fixture
async def engine(url: str) -> AsyncIterator[AsyncEngine]:
    """An empty database each."""
    found = await open_database(url)
    async with found.begin() as connection:
        await connection.execute(sa.text("DROP SCHEMA public CASCADE"))
        await connection.execute(sa.text("CREATE SCHEMA public"))
    await found.dispose()
    found = await open_database(url)
    yield found
    await found.dispose()


async def test_machines_and_their_history_outlive_the_process(engine: AsyncEngine) -> None:
    async with Registry(engine) as found:
        for i in range(1000):
            path = f"polaris/north/cabinets/line-1/press-{i}"
            found.birth(Birth(machine=path, session=2**53 - 1, t=1, epoch=now_us(), type="press"))
        found.birth(Birth(machine=PRESS, session=1, t=1, epoch=1, type="press", title="Préss 王"))
        found.event(
            StateChanged(machine=PRESS, epoch=1, seq=1, t=now_us(), state="down", reason="a\0b", text="x" * 3000)
        )
        found.death(Death(machine=PRESS, session=1, reason="stopped"))
    async with Registry(engine) as again:
        assert again.counts() == (1001, 1000)
        machine = again.get(PRESS)
        assert machine is not None and machine.birth.title == "Préss 王" and machine.shown_state == "offline"
        assert (machine.reason, len(machine.text)) == ("ab", 1024)
        assert [h.what for h in await again.history(PRESS)] == ["death", "birth"]


async def test_commands_are_recorded(engine: AsyncEngine) -> None:
    log = CommandLog(engine)
    await log.open()
    record = CommandRecord("1", now_us(), PRESS, "stop", {"reason": "a\0b"}, "admin:eva", "pending")
    await log.begin(record)
    await log.end(replace(record, status="done", text="so\0be it", reply_ms=1.5))
    assert [(r.status, r.text, r.arguments) for r in await log.read(tenant="polaris")] == [
        ("done", "sobe it", {"reason": "a\0b"})
    ]
    await log.begin(replace(record, id="2", t=record.t + 1))
    await log.open()  # as the next process does
    assert [r.status for r in await log.read()] == ["timeout", "done"]


async def test_the_last_use_of_a_link_is_one_browsers(engine: AsyncEngine) -> None:
    access = Access(engine, 3600)
    await access.open()
    link = await access.make_link("viewer", 3, 60, Principal("eva", "admin", ROLE_SCOPES["admin"]))
    found = [s for s in await asyncio.gather(*(access.redeem(link.secret) for _ in range(12))) if s]
    assert len(found) == 3
    session = await access.session(found[0][0])
    assert session is not None and session.role == "viewer" and session.expires > time.time_ns() // 1000
    await access.end(found[0][0])
    assert await access.session(found[0][0]) is None


async def test_what_people_do_is_kept(engine: AsyncEngine) -> None:
    people = People(engine)
    await people.open()
    call, new = await people.calls.pull(PRESS, "material", "a\0b", Deed("eva\u00e9", now_us(), "polaris:k"))
    assert new and call.text == "ab"
    assert await people.calls.pull(PRESS, "material", "", Deed("tom", now_us(), "polaris:k")) == (call, False)
    over = await people.calls.change(call.id, lambda c: c.resolve(Deed("tom", now_us()), "x" * 3000))
    assert (over.state, len(over.resolution)) == ("resolved", 1000)
    assert await people.calls.find(["polaris"], over=True) == [over]
    booking = await people.scrap.book(PRESS, [Pieces(PRESS, 5, 2), Pieces(PRESS, 0, 1)], "dent", "", Deed("eva", 9))
    assert [(p.t, p.pieces) for p in await people.scrap.pieces(["polaris"], 0, 10)] == [(5, 2)]
    await people.scrap.counted(booking, Counted(7, 1))
    assert [p.t for p in await people.scrap.pieces([PRESS], 0, 10)] == [5, 7]
    assert (await people.scrap.undo(booking.id, "no", Deed("eva", 10))).undone == 10
    said = await people.stops.say(PRESS, 2**52, "down", "jam", "Jam", Deed("eva", 2**52))
    assert await people.stops.of([PRESS], 2**52, 2**52 + 1) == [said]
    miss = await people.near_misses.report(PRESS, "oil", "", "injury", Deed("eva", 1))
    assert (await people.near_misses.move(miss.id, "in-work", "", Deed("tom", 2))).state == "in-work"
    made = await people.handovers.sign(PRESS[:33], "Early", "2026-11-27", (1, 2), "", {"a": 1}, Deed("eva", 3))
    assert (await people.handovers.accept(made.id, "", Deed("tom", 4))).came == 4
    await people.labour.on("eva", PRESS, Deed("eva", 1))
    assert [s.ended for s in await people.labour.off("eva", "polaris", Deed("eva", 5))] == [5]


async def test_the_whole_api_on_postgres(engine: AsyncEngine, url: str, tmp_path: Path) -> None:
    with running_broker("mosquitto", tmp_path) as broker:
        async with running_api(broker, tmp_path, registry_url=url) as api, api.client() as client:
            assert (await client.post("/api/v1/links", json={"role": "viewer"})).status_code == 201
            assert (await client.get("/api/v1/machines")).json() == {"machines": []}


async def test_what_cannot_be_used_is_said_without_the_password(engine: AsyncEngine, url: str) -> None:
    async with engine.begin() as connection:
        await connection.execute(sa.text("UPDATE andon_schema SET version = 99"))
    with pytest.raises(SchemaTooNew, match="99"):
        await open_database(url)
    wrong = url.replace("andon:", "andon:wrong-", 1)
    with pytest.raises(RegistryError, match="cannot be used") as refused:
        await open_database(wrong)
    assert "wrong-" not in str(refused.value)
