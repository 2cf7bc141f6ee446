"""Commands without a broker: time-outs, foreign replies, a broker that is away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from andon_contracts.codec import decode_command
from andon_contracts.messages import Command, Reply
from andon_platform.commands import Forbidden, Undeliverable
from andon_platform.commands.log import CommandLog
from andon_platform.commands.service import CommandService
from andon_security.tokens import ROLE_SCOPES, Principal
from sqlalchemy.ext.asyncio import create_async_engine

PRESS = "polaris/north/cabinets/cabinets-1/press-1"
ENGINEER = Principal("eva", "engineer", ROLE_SCOPES["engineer"])


class Wire:
    """Takes what is published; ``away``: the broker cannot be reached."""

    def __init__(self) -> None:
        self.away = False
        self.sent: asyncio.Queue[Command] = asyncio.Queue()

    async def publish(self, topic: str, payload: bytes) -> None:
        if self.away:
            raise ConnectionError("the broker is away")
        command = decode_command(payload)
        assert topic == f"andon/v1/{command.owner}/command"
        await self.sent.put(command)


class Notes:
    """Takes what is audited."""

    def __init__(self) -> None:
        self.kinds: list[str] = []

    def append(self, kind: str, who: str, what: str, **more: Any) -> object:
        self.kinds.append(kind)
        return None


@asynccontextmanager
async def service(
    folder: Path, timeout_s: float = 10.0
) -> AsyncIterator[tuple[CommandService, Wire, Notes, CommandLog]]:
    engine = create_async_engine(f"sqlite+aiosqlite:///{folder / 'commands.db'}")
    log, wire, notes = CommandLog(engine), Wire(), Notes()
    await log.open()
    try:
        yield CommandService(log, wire, notes, timeout_s=timeout_s), wire, notes, log
    finally:
        await engine.dispose()


async def test_many_at_once_each_get_their_own_answer(tmp_path: Path) -> None:
    async with service(tmp_path) as (commands, wire, notes, log):
        asked = [asyncio.create_task(commands.run(ENGINEER, PRESS, "stop", {"n": str(i)})) for i in range(20)]
        got = [await wire.sent.get() for _ in asked]
        for command in reversed(got):
            commands.reply(Reply(id=command.id, owner=PRESS, status="done", text=command.arguments["n"], t=1))
        assert [(await task).text for task in asked] == [str(i) for i in range(20)]
        assert len(await log.read()) == 20 and notes.kinds == ["command"] * 20


async def test_no_answer_is_a_timeout_and_a_late_one_changes_nothing(tmp_path: Path) -> None:
    async with service(tmp_path, timeout_s=0.05) as (commands, wire, _notes, log):
        record = await commands.run(ENGINEER, PRESS, "stop", {})
        command = await wire.sent.get()
        commands.reply(Reply(id=command.id, owner=PRESS, status="done", t=1))
        assert record.status == "timeout" and command.expires - command.t == 50_000
        assert [r.status for r in await log.read()] == ["timeout"]


async def test_another_machines_reply_is_not_believed(tmp_path: Path) -> None:
    async with service(tmp_path) as (commands, wire, _, __):
        task = asyncio.create_task(commands.run(ENGINEER, PRESS, "stop", {}))
        command = await wire.sent.get()
        commands.reply(Reply(id=command.id, owner="polaris/north/cabinets/cabinets-1/bend-1", status="done", t=1))
        commands.reply(Reply(id=command.id, owner=PRESS, status="refused", text="locked", t=1))
        assert (await task).status == "refused"


async def test_a_broker_that_is_away_is_said_and_recorded(tmp_path: Path) -> None:
    async with service(tmp_path) as (commands, wire, _notes, log):
        wire.away = True
        with pytest.raises(Undeliverable):
            await commands.run(ENGINEER, PRESS, "stop", {})
        assert [(r.status, r.text) for r in await log.read()] == [("failed", "not sent: the broker is away")]


@pytest.mark.parametrize(
    ("role", "command", "may"),
    [
        ("viewer", "stop", False),
        ("operator", "stop", True),
        ("operator", "inject-fault", False),
        ("operator", "set-pace", False),
        ("engineer", "set-pace", True),
        ("operator", "something-new", False),
    ],
)
async def test_who_may_what(tmp_path: Path, role: Any, command: str, may: bool) -> None:
    async with service(tmp_path, timeout_s=0.01) as (commands, _, notes, __):
        who = Principal("x", role, ROLE_SCOPES[role])
        if may:
            assert (await commands.run(who, PRESS, command, {})).status == "timeout"
        else:
            with pytest.raises(Forbidden):
                await commands.run(who, PRESS, command, {})
            assert notes.kinds == ["refusal"]


async def test_what_was_pending_at_a_crash_is_closed(tmp_path: Path) -> None:
    async with service(tmp_path) as (commands, wire, _, log):
        task = asyncio.create_task(commands.run(ENGINEER, PRESS, "stop", {}))
        await wire.sent.get()
        assert [r.status for r in await log.read()] == ["pending"]
        await log.open()  # as the next process does
        assert [r.status for r in await log.read()] == ["timeout"]
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
