"""Sends a command and waits for the machine's own reply."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

import structlog
from andon_contracts.codec import encode
from andon_contracts.messages import Command, Reply
from andon_contracts.topics import PREFIX
from andon_security.tokens import Principal

from andon_platform.commands.errors import Forbidden, Undeliverable
from andon_platform.commands.log import CommandLog, CommandRecord
from andon_platform.commands.rules import authorise

#: Seconds after which a command without an answer has timed out, and after which no machine may still obey it.
TIMEOUT_S = 10.0
_log = structlog.get_logger(__name__)


class Publisher(Protocol):
    """Whatever can publish on the broker at QoS 1."""

    async def publish(self, topic: str, payload: bytes) -> None:
        """Returns when the broker has the message. Raises ``ConnectionError`` if it cannot be reached."""
        ...


class Audit(Protocol):
    """Whatever writes the audit log."""

    def append(self, kind: str, who: str, what: str, **more: Any) -> object: ...


class CommandService:
    """Commands under way, by id; replies are handed in by whoever reads the broker."""

    def __init__(
        self,
        log: CommandLog,
        publisher: Publisher,
        audit: Audit,
        *,
        timeout_s: float = TIMEOUT_S,
        now: Callable[[], int] = lambda: time.time_ns() // 1000,
        new_id: Callable[[], str] = lambda: secrets.token_hex(12),
    ) -> None:
        self._log, self._publisher, self._audit = log, publisher, audit
        self._timeout_s, self._now, self._new_id = timeout_s, now, new_id
        self._waiting: dict[str, tuple[str, asyncio.Future[Reply]]] = {}

    def reply(self, reply: Reply) -> None:
        """A reply came. One to a command nobody waits for, or from another owner, is not believed."""
        waiting = self._waiting.get(reply.id)
        if waiting is None:
            return
        owner, future = waiting
        if owner == reply.owner and not future.done():
            future.set_result(reply)

    async def authorise(self, principal: Principal, owner: str, command: str) -> None:
        """Raises :class:`Forbidden`, which is audited, unless the principal may give this command."""
        try:
            authorise(principal, command)
        except Forbidden as error:
            who = f"{principal.role}:{principal.subject}"
            await asyncio.to_thread(self._audit.append, "refusal", who, f"{command} to {owner}: {error}")
            raise

    async def run(self, principal: Principal, owner: str, command: str, arguments: dict[str, str]) -> CommandRecord:
        """Authorise, record, publish, wait. ``owner`` is a machine's path or a plant's enterprise.

        Raises:
            Forbidden: the principal's scopes do not allow it; the refusal is audited.
            Undeliverable: the broker cannot be reached; recorded as failed.
        """
        await self.authorise(principal, owner, command)
        who = f"{principal.role}:{principal.subject}"
        now = self._now()
        record = CommandRecord(self._new_id(), now, owner, command, dict(arguments), who, "pending")
        message = Command(
            id=record.id,
            owner=owner,
            command=command,
            arguments=record.arguments,
            t=now,
            expires=now + round(self._timeout_s * 1e6),
            issued_by=who,
        )
        payload = encode(message)
        await self._log.begin(record)
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting[record.id] = (owner, future)
        started = time.perf_counter()
        try:
            async with asyncio.timeout(self._timeout_s):
                await self._publisher.publish(f"{PREFIX}/{owner}/command", payload)
                answer = await future
            took = round((time.perf_counter() - started) * 1e3, 1)
            record = replace(record, status=answer.status, text=answer.text, reply_ms=took)
        except TimeoutError:
            text = f"no answer within {self._timeout_s:g} s; the command has expired and will not be carried out"
            record = replace(record, status="timeout", text=text)
        except ConnectionError as error:
            record = replace(record, status="failed", text=f"not sent: {error}")
            raise Undeliverable(str(error)) from error
        finally:
            del self._waiting[record.id]
            if record.status == "pending":
                record = replace(record, status="failed", text="given up by the asker; it may have been carried out")
            await asyncio.shield(self._finish(record))
        return record

    async def _finish(self, record: CommandRecord) -> None:
        await self._log.end(record)
        await asyncio.to_thread(
            self._audit.append,
            "command",
            record.issued_by,
            f"{record.command} to {record.owner}: {record.status}",
            id=record.id,
            arguments=record.arguments,
            text=record.text,
        )
        _log.info("command", id=record.id, owner=record.owner, command=record.command, status=record.status)
