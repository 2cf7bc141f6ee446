"""How births, deaths, silence and events change a machine, with a clock in the test's hand."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from andon_contracts.messages import Birth, Death, OperationFinished, OperationStarted, StateChanged
from andon_platform.registry.database import open_database
from andon_platform.registry.errors import RegistryError, SchemaTooNew
from andon_platform.registry.record import Machine
from andon_platform.registry.registry import Registry

PRESS, BEND = "polaris/north/cabinets/cabinets-1/press-1", "polaris/north/cabinets/cabinets-1/bend-1"
SECOND = 1_000_000


class Hands:
    """A clock that moves when told."""

    def __init__(self) -> None:
        self.t = 1_795_000_000 * SECOND

    def __call__(self) -> int:
        return self.t

    def after(self, seconds: float) -> None:
        self.t += round(seconds * SECOND)


@asynccontextmanager
async def registry(folder: Path, clock: Hands) -> AsyncIterator[Registry]:
    engine = await open_database(f"sqlite+aiosqlite:///{folder / 'registry.db'}")
    try:
        async with Registry(engine, clock) as found:
            yield found
    finally:
        await engine.dispose()


def birth(path: str = PRESS, session: int = 1, interval_s: float = 1.0, type: str = "press") -> Birth:
    return Birth(machine=path, session=session, t=1, epoch=1, type=type, interval_s=interval_s)


def known(found: Registry, path: str = PRESS) -> Machine:
    machine = found.get(path)
    assert machine is not None
    return machine


def sweep_for(found: Registry, clock: Hands, seconds: float, connected: bool = True) -> None:
    for _ in range(round(seconds)):
        clock.after(1)
        found.sweep(connected)


async def test_a_death_of_an_older_session_is_ignored(tmp_path: Path) -> None:
    async with registry(tmp_path, Hands()) as found:
        found.birth(birth(session=2))
        found.death(Death(machine=PRESS, session=1))
        assert known(found).online
        found.death(Death(machine=PRESS, session=2))
        found.birth(birth(session=1))
        found.said(PRESS)
        assert not known(found).online and known(found).shown_state == "offline"


@pytest.mark.parametrize(("interval_s", "silent_after"), [(1.0, 5), (10.0, 30)])
async def test_silence_is_offline_and_a_word_brings_it_back(
    tmp_path: Path, interval_s: float, silent_after: int
) -> None:
    clock = Hands()
    async with registry(tmp_path, clock) as found:
        found.birth(birth(interval_s=interval_s))
        sweep_for(found, clock, silent_after)
        assert known(found).online
        sweep_for(found, clock, 1)
        assert known(found).presence == "silent"
        found.birth(birth(interval_s=interval_s))  # the retained one, after a reconnect: proves nothing
        assert known(found).presence == "silent"
        found.said(PRESS)
        assert known(found).online
        assert [h.what for h in await found.history(PRESS)] == ["back", "silent", "birth"]


async def test_nobody_is_blamed_for_the_apis_own_deafness(tmp_path: Path) -> None:
    clock = Hands()
    async with registry(tmp_path, clock) as found:
        found.birth(birth())
        sweep_for(found, clock, 60, connected=False)
        sweep_for(found, clock, 4)
        assert known(found).online
        clock.after(3600)  # the computer slept
        found.sweep(True)
        assert known(found).online


async def test_all_is_there_after_a_restart(tmp_path: Path) -> None:
    clock = Hands()
    async with registry(tmp_path, clock) as found:
        found.birth(birth())
        found.birth(birth(BEND, type="bender"))
        found.event(StateChanged(machine=PRESS, epoch=1, seq=1, t=clock.t, state="down", reason="seal"))
        found.event(OperationStarted(machine=PRESS, epoch=1, seq=2, t=clock.t, operation="press", unit="R-1"))
        found.removed(BEND)
    async with registry(tmp_path, clock) as found:
        machine = known(found)
        assert (machine.online, machine.state, machine.reason, machine.unit) == (True, "down", "seal", "R-1")
        assert [m.path for m in found.find()] == [PRESS] and known(found, BEND).presence == "removed"
        assert [m.path for m in found.find(state="removed")] == [BEND]
        found.event(StateChanged(machine=PRESS, epoch=1, seq=1, t=clock.t - 1, state="producing"))  # an old one
        assert machine.state == "down"
        found.event(OperationFinished(machine=PRESS, epoch=1, seq=3, t=clock.t, operation="press", unit="R-1"))
        assert machine.unit == ""
        assert len(await found.history(BEND)) == 2


async def test_listeners_hear_changes_alone(tmp_path: Path) -> None:
    heard: list[str] = []
    async with registry(tmp_path, Hands()) as found:
        found.listen(lambda m: heard.append(m.shown_state))
        found.birth(birth())
        found.birth(birth())
        found.said(PRESS)
        found.death(Death(machine=PRESS, session=1))
        found.death(Death(machine=PRESS, session=1))
    assert heard == ["idle", "offline"]


async def test_a_thousand_births_are_few_transactions(tmp_path: Path) -> None:
    engine = await open_database(f"sqlite+aiosqlite:///{tmp_path / 'registry.db'}")
    commits: list[object] = []
    async with Registry(engine, Hands()) as found:
        sa.event.listen(engine.sync_engine, "commit", commits.append)
        for i in range(1000):
            found.birth(birth(f"polaris/north/cabinets/line-1/press-{i}"))
        await found.write()
    await engine.dispose()
    assert len(commits) <= 3


async def test_a_database_of_a_newer_andon_is_refused(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'registry.db'}"
    engine = await open_database(url)
    async with engine.begin() as connection:
        await connection.execute(sa.text("UPDATE andon_schema SET version = 99"))
    await engine.dispose()
    with pytest.raises(SchemaTooNew, match="99"):
        await open_database(url)
    with pytest.raises(RegistryError, match="cannot be used"):
        await open_database(f"sqlite+aiosqlite:///{tmp_path / 'no' / 'such' / 'folder.db'}")


@pytest.mark.parametrize(
    "url", ["nonsense", "mysterydb://user:secret@host/name", "postgresql://u:secret@127.0.0.1:9/x"]
)
async def test_an_address_that_is_no_good_is_said_without_its_password(url: str) -> None:
    with pytest.raises(RegistryError) as refused:
        await open_database(url)
    assert "secret" not in str(refused.value)


async def test_half_characters_and_nuls_are_written_as_text(tmp_path: Path) -> None:
    async with registry(tmp_path, clock := Hands()) as found:
        found.birth(birth())
        found.event(StateChanged(machine=PRESS, epoch=1, seq=1, t=clock.t, state="down", reason="a\0\ud800b"))
    async with registry(tmp_path, clock) as again:
        assert known(again).reason == "a?b"


async def test_leaving_in_the_middle_of_a_write_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("andon_platform.registry.registry._WRITE_S", 0.0)
    engine = await open_database(f"sqlite+aiosqlite:///{tmp_path / 'registry.db'}")
    writing = asyncio.Event()
    try:
        async with Registry(engine, clock := Hands()) as found:
            sa.event.listen(engine.sync_engine, "before_cursor_execute", lambda *_: writing.set())
            for i in range(50):
                found.birth(birth(f"polaris/north/cabinets/line-1/press-{i}"))
            await writing.wait()
            found.birth(birth("polaris/north/cabinets/line-1/press-50"))
    finally:
        await engine.dispose()
    async with registry(tmp_path, clock) as again:
        assert again.counts()[0] == 51


@pytest.mark.parametrize("content", [None, b"this is no database" * 100])
def test_a_database_that_cannot_be_opened_leaves_no_thread_behind(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "registry.db" if content else tmp_path / "no" / "folder.db"
    if content:
        path.write_bytes(content)
    before = threading.active_count()

    async def refused() -> str:
        with pytest.raises(RegistryError) as error:
            await open_database(f"sqlite+aiosqlite:///{path}")
        # of the executor of ``to_thread`` one stays until the loop ends; aiosqlite's own would be one more
        assert threading.active_count() <= before + 1
        return str(error.value)

    said = asyncio.run(refused())
    assert str(path) in said
    assert "sqlalche.me" not in said
    assert threading.active_count() == before
